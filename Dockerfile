# Debian rather than Alpine: the C library that the tests run on, also for packages with native code.

FROM node:20-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY web ./web
# A clone made under a strict umask must be readable for the user of the last stage.
RUN npm run build && chmod -R a+rX dist package.json

FROM node:20-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:20-slim
LABEL org.opencontainers.image.title="Shoal" \
      org.opencontainers.image.description="Peer-to-peer file sharing: every chunk verified, no server that pays for it" \
      org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production \
    SHOAL_OUTPUT=/app/output \
    SHOAL_STATE=/app/state
WORKDIR /app
# An empty volume takes over the owner of the folder that it is mounted on.
RUN mkdir files output state && chown node:node files output state
COPY LICENSE ./
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/package.json ./
COPY --from=build /app/dist ./dist
USER node
EXPOSE 8888 8001
ENTRYPOINT ["node", "/app/dist/cli/main.js"]
