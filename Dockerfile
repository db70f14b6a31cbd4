# roadmapbot as a service. The image holds one static binary and the certificate
# authorities, and nothing else. It runs as an ordinary user on a read-only root:
#
#   docker build -t roadmapbot .
#   docker run --read-only -v roadmapbot:/data -p 127.0.0.1:8080:8080 \
#     -e ROADMAPBOT_DISCORD_TOKEN roadmapbot
#
# cmd/roadmapbot/dockerfile_test.go runs the same steps without an engine.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /out/roadmapbot ./cmd/roadmapbot
RUN mkdir /out/data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build /out/roadmapbot /roadmapbot
ENV ROADMAPBOT_DB=/data/learners.db
ENV ROADMAPBOT_LISTEN=0.0.0.0:8080
USER 65532:65532
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=6s --start-period=10s CMD ["/roadmapbot", "health"]
ENTRYPOINT ["/roadmapbot"]
CMD ["serve"]
