import { execFileSync } from 'node:child_process';

/** `docker compose`, else the older `docker-compose`; undefined where there is neither. */
export function composeTool(): string[] | undefined {
  const tools = [['docker', 'compose'], ['docker-compose']];
  return tools.find(([command = '', ...args]) => {
    try {
      execFileSync(command, [...args, 'version'], { stdio: 'ignore' });
      return true;
    } catch (error) {
      if (error instanceof Error) return false;
      throw error;
    }
  });
}
