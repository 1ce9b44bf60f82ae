"""Has one day exported from Python and waits for it, without a library of ours.

    pip install -r examples/python/requirements.txt
    python examples/python/export_day.py 2026-10-14

The workflow goes by its type name and takes and gives JSON, so any Temporal SDK can start it. It needs a Temporal server
(TEMPORAL_ADDRESS and the other settings of Temporal; TEMPORAL_PAYLOAD_KEYS where the worker has it) and a worker on it; it
holds no Feishu credentials. Killed and started
again, it attaches to the run that it had started. Exits with 1 where the export failed.
"""

import asyncio
import os
import sys

from temporalio.client import Client, WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.envconfig import ClientConfig
from temporalio.exceptions import ApplicationError

from payload_keys import data_converter

TELL_EVERY_S = 1


async def export_day(day: str) -> int:
    settings = ClientConfig.load_client_connect_config()
    client = await Client.connect(**{"target_host": "localhost:7233", **settings}, data_converter=data_converter())
    # The id is this service's own: a day is fetched by one run at a time, whatever the ids are.
    run = await client.start_workflow(
        "exportDay",
        {"day": day, "refresh": "unsettled"},
        id=f"python-example/{day}",
        task_queue=os.environ.get("FEISHU_TASK_QUEUE") or "feishu-vc",
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    ended = asyncio.ensure_future(run.result())
    while not ended.done():
        progress = await run.query("progress")
        waiting = progress["waiting_for"]
        print(f"{progress['state']}: {progress['doing']}" + (f"; waits for {waiting}" if waiting else ""))
        await asyncio.wait([ended], timeout=TELL_EVERY_S)
    try:
        result = ended.result()
    except WorkflowFailureError as failure:
        cause = failure.cause
        kind = cause.type if isinstance(cause, ApplicationError) else type(cause).__name__
        print(f"{kind}: {cause}", file=sys.stderr)
        return 1
    print(f"{day} is complete" if result["complete"] else f"{day} has gaps", result["tables"])
    for gap in result["gaps"]:
        print(f"  {gap['count']} x {gap['reason']}")
    print(f"manifest: {result['manifest']['uri']}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: export_day.py YYYY-MM-DD")
    code = asyncio.run(export_day(sys.argv[1]))
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads of the SDK (seen with 1.35.0) now and then crash an interpreter that is taken down, and the exit code with it.
    os._exit(code)
