# syntax=docker/dockerfile:1

# The API and the worker: one set of files, two targets, which differ in the command and its health check alone.
#   docker build --target api    --build-arg SOURCE_COMMIT="$(git rev-parse HEAD)" -t registration-api .
#   docker build --target worker --build-arg SOURCE_COMMIT="$(git rev-parse HEAD)" -t registration-worker .
# Debian and not Alpine: Temporal's core is built for glibc.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# No package of these needs its install script: Temporal's core and dbmate come as they run.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts --no-audit --no-fund
# Temporal's core comes for five platforms, 30 to 40 MB each; this image needs its own.
RUN find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
      ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -r {} + \
    && test -n "$(ls node_modules/@temporalio/core-bridge/releases)"

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund
COPY . .
# The build writes it down; the worker takes it as its WORKER_BUILD_ID unless told another one.
ARG SOURCE_COMMIT=unknown
RUN SOURCE_COMMIT="${SOURCE_COMMIT}" npm run build

FROM ${NODE_IMAGE} AS runtime
# As process 1, Node would ignore a SIGTERM that comes before it listens for it.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/*
ARG SOURCE_COMMIT=unknown
LABEL org.opencontainers.image.title="registration-orchestrator" \
      org.opencontainers.image.revision="${SOURCE_COMMIT}"
ENV NODE_ENV=production \
    NODE_OPTIONS=--enable-source-maps
WORKDIR /app
# Owned by root: the processes cannot change what they run. test/e2e/artefact.test.ts runs exactly what is copied here.
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/package.json ./
COPY --from=build /app/migrations ./migrations
COPY --from=build /app/dist/build-info.json ./dist/build-info.json
COPY --from=build /app/dist/domain ./dist/domain
COPY --from=build /app/dist/workflows ./dist/workflows
COPY --from=build /app/dist/activities ./dist/activities
COPY --from=build /app/dist/worker ./dist/worker
COPY --from=build /app/dist/api ./dist/api
COPY --from=build /app/dist/dev/tool ./dist/dev/tool
COPY --from=build /app/dist/dev/migrate ./dist/dev/migrate
COPY --from=build /app/dist/dev/keys ./dist/dev/keys
COPY --from=build /app/dist/dev/doctor ./dist/dev/doctor
COPY --from=build /app/dist/dev/release ./dist/dev/release
COPY --from=build /app/dist/dev/replay ./dist/dev/replay
# By number, so that Kubernetes can see that it is not root.
USER 1000:1000
ENTRYPOINT ["/usr/bin/tini", "--"]

FROM runtime AS worker
ENV WORKER_HTTP_HOST=0.0.0.0 \
    WORKER_HTTP_PORT=9464
EXPOSE 9464
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.WORKER_HTTP_PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/worker/main.js"]

# Last, so that it is what a build without --target makes.
FROM runtime AS api
ENV API_HOST=0.0.0.0 \
    API_PORT=4000
EXPOSE 4000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.API_PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/api/main.js"]
