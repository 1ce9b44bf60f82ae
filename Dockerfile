# What runs. Made from the two package files alone, so that a change of a source leaves this layer, the largest, as it is.
FROM node:22.21.1-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts
# Temporal's core comes for five platforms; one of them is this one.
RUN core="$(uname -m)-unknown-linux-gnu" \
  && cd node_modules/@temporalio/core-bridge/releases \
  && test -f "$core/index.node" \
  && find . -mindepth 1 -maxdepth 1 ! -name "$core" -exec rm -r {} +
# The build bundles the workflows, so no bundler; and what writes workbooks is for the sandbox alone.
COPY deploy/image-packages.mjs ./deploy/
RUN node deploy/image-packages.mjs /sandbox

FROM node:22.21.1-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# The sources are not here yet, so the build that npm would run by itself comes below.
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build

FROM node:22.21.1-bookworm-slim AS product
# For TLS to a Temporal server: its client reads the system's certificates, Node brings its own.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/package.json ./
COPY --from=build /app/dist ./dist
COPY --from=build /app/deploy/worker-health.mjs /app/deploy/sandbox-health.mjs ./deploy/
# A named volume takes over the owner of the folder it covers; without this the worker could not write to it.
RUN ln -s /app/dist/client/cli/main.js /usr/local/bin/feishu-vc \
  && chmod 755 dist/client/cli/main.js \
  && mkdir -m 700 /data /grants && chown 1000:1000 /data /grants
# The user node, by number: Kubernetes tells from it that this is not root.
USER 1000:1000
# Its health, for the check below; a worker that is told another address is checked there.
ENV DATA_URL=file:/data FEISHU_GRANTS_URL=file:/grants HEALTH_ADDRESS=127.0.0.1:9465
# Two minutes without an answer, as each check starts a Node.
HEALTHCHECK --interval=60s --timeout=20s --start-period=60s --retries=2 CMD ["node", "deploy/worker-health.mjs"]
CMD ["node", "--enable-source-maps", "dist/worker/main.js"]

# The sandbox: `docker build --target sandbox`.
FROM product AS sandbox
COPY --from=packages /sandbox/node_modules ./node_modules
HEALTHCHECK NONE
CMD ["node", "dist/sandbox/main.js", "--host=0.0.0.0"]

# What is built where no target is named.
FROM product
