# One target per service, and `tools` for one-shot commands: migrations and API keys.
#
#   docker build --target executor --tag millrace/executor .
#
# Each service is one bundle of its own modules and the dependencies that it actually imports, with a source map for
# stack traces. Images contain no node_modules, no source of other services and no development dependencies.
FROM oven/bun:1.4.5-slim AS base
WORKDIR /app

# Only the manifests, so that the dependency layer is rebuilt only when one of them changes.
FROM base AS manifests
COPY . /source
RUN cd /source \
 && find . -name package.json -exec cp --parents '{}' /app ';' \
 && cp -r bun.lock bunfig.toml patches /app/

FROM base AS sources
COPY --from=manifests /app ./
RUN --mount=type=cache,target=/root/.bun/install/cache \
    bun install --frozen-lockfile --production \
      --filter @millrace/gateway --filter @millrace/executor --filter @millrace/mcp \
      --filter @millrace/migrate --filter @millrace/access
COPY packages packages
COPY services services
ENV BUILD="bun build --target=bun --sourcemap=linked --outdir=/app/dist --entry-naming"

FROM sources AS build-gateway
RUN $BUILD [name].[ext] services/gateway/src/main.ts

FROM sources AS build-executor
RUN $BUILD [name].[ext] services/executor/src/main.ts services/executor/src/tools/tool-thread-entry.ts

FROM sources AS build-mcp
RUN $BUILD [name].[ext] services/mcp/src/main.ts

FROM sources AS build-tools
RUN $BUILD migrate.[ext] services/migrate/src/main.ts \
 && $BUILD keys.[ext] packages/access/src/command/keys-command.ts

# Shared by the images. The bundle looks for ../migrations, and for its assets in its working directory.
FROM base AS runtime
COPY packages/db/migrations migrations
WORKDIR /app/dist
# For Bun itself: see docs/adr/0012-settings-of-the-runtime.md.
ENV NODE_ENV=production MIMALLOC_PURGE_DELAY=1000 BUN_JSC_useFTLJIT=0 BUN_JSC_thresholdForJITAfterWarmUp=30 \
    BUN_JSC_thresholdForOptimizeAfterWarmUp=60 BUN_JSC_thresholdForOptimizeSoon=60 BUN_JSC_useWarmUpMarkedBlocks=0
USER bun
# In exec form Bun is PID 1 and receives SIGTERM.
ENTRYPOINT ["bun", "main.js"]
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --start-interval=1s --retries=3 CMD ["bun", "-e", \
  "const { GATEWAY_PORT, HEALTH_PORT, MCP_PORT } = process.env; \
   const ready = `http://127.0.0.1:${GATEWAY_PORT ?? HEALTH_PORT ?? MCP_PORT}/health/ready`; \
   process.exit((await fetch(ready)).ok ? 0 : 1)"]
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Millrace" \
      org.opencontainers.image.description="An asynchronous AI task platform" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"

FROM runtime AS gateway
COPY --from=build-gateway /app/dist ./
ENV GATEWAY_HOST=0.0.0.0 GATEWAY_PORT=3000
EXPOSE 3000

FROM runtime AS executor
# A new volume mounted here takes this folder's owner.
USER root
RUN mkdir /workspaces && chown bun:bun /workspaces
USER bun
COPY --from=build-executor /app/dist ./
ENV HEALTH_HOST=0.0.0.0 HEALTH_PORT=3101 WORKSPACE_DIR=/workspaces
EXPOSE 3101

FROM runtime AS mcp
COPY --from=build-mcp /app/dist ./
ENV MCP_HOST=0.0.0.0 MCP_PORT=3333
EXPOSE 3333

FROM runtime AS tools
COPY --from=build-tools /app/dist ./
HEALTHCHECK NONE
ENTRYPOINT ["bun"]
CMD ["migrate.js"]
