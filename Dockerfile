# The operator's image. It is at the top because its context is the whole checkout. test/lab/operator-image.ts makes the same image
# for the lab, where no Docker runs, and reads what it can from the last stage of this file.
FROM node:26-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
COPY src/kopf-ts/package.json src/kopf-ts/
# ssh2's compiled cipher code is not needed, and nothing else has scripts
RUN npm ci --ignore-scripts
COPY rolldown.config.ts tsconfig.json ./
COPY src src
RUN npm exec -- rolldown --config rolldown.config.ts --logLevel warn

FROM node:26-slim
# One file: what nobody calls of the packages is left out.
COPY --from=build /src/dist/main.js /app/main.js
# By number, so that the kubelet can tell that it is not root.
USER 65532:65532
ENTRYPOINT ["node", "--optimize-for-size", "/app/main.js"]
