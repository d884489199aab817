{{/* A Deployment. "role" is server or gateway. */}}
{{- define "trading-server.deployment" -}}
{{- $isGateway := eq .role "gateway" -}}
{{- $hasVolume := and (not $isGateway) (include "trading-server.volume" .root) -}}
{{- $hasPostgres := and (not $isGateway) .root.Values.postgres.existingSecret }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "trading-server.name" .root }}{{ if $isGateway }}-gateway{{ end }}
  labels:
    {{- include "trading-server.labels" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .role }}
spec:
  replicas: {{ .replicas }}
  strategy:
    {{- if $hasVolume }}
    type: Recreate
    {{- else if not (include "trading-server.allReady" .root) }}
    # Next pods are standbys, and not ready, until the pod that trades has ended: a rollout must not wait for them.
    type: RollingUpdate
    rollingUpdate: { maxSurge: 100%, maxUnavailable: 100% }
    {{- else }}
    type: RollingUpdate
    rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }
    {{- end }}
  revisionHistoryLimit: 5
  selector:
    matchLabels:
      {{- include "trading-server.selector" .root | nindent 6 }}
      app.kubernetes.io/component: {{ .role }}
  template:
    metadata:
      labels:
        {{- include "trading-server.labels" .root | nindent 8 }}
        app.kubernetes.io/component: {{ .role }}
      annotations:
        checksum/config: {{ toJson .root.Values.config | sha256sum }}
        {{- if not .root.Values.serviceMonitor.enabled }}
        prometheus.io/scrape: "true"
        prometheus.io/port: "9464"
        {{- end }}
    spec:
      automountServiceAccountToken: false
      enableServiceLinks: false
      terminationGracePeriodSeconds: {{ include "trading-server.graceSeconds" . }}
      {{- with .root.Values.imagePullSecrets }}
      imagePullSecrets: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- if gt (int .replicas) 1 }}
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "trading-server.selector" .root | nindent 14 }}
              app.kubernetes.io/component: {{ .role }}
      {{- end }}
      securityContext:
        runAsNonRoot: true
        runAsUser: 1000
        runAsGroup: 1000
        fsGroup: 1000
        fsGroupChangePolicy: OnRootMismatch
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: server
          image: "{{ .root.Values.image.repository }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}"
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          envFrom:
            - configMapRef:
                name: {{ include "trading-server.name" .root }}
          {{- if $isGateway }}
          env:
            - { name: RUN_SOURCES, value: "off" }
            - { name: DATABASE_URL_FILE, value: "" }
            - { name: DRAIN_MS, value: {{ .drainMs | int | quote }} }
          {{- end }}
          ports:
            - { name: http, containerPort: 8000 }
            - { name: metrics, containerPort: 9464 }
          # A standby without a cluster, and a gateway without the other servers, is alive but not ready.
          startupProbe:
            httpGet: { path: /healthz, port: metrics }
            periodSeconds: 1
            timeoutSeconds: 2
            failureThreshold: 60
          readinessProbe:
            httpGet: { path: /readyz, port: metrics }
            periodSeconds: 2
            timeoutSeconds: 2
            failureThreshold: 2
          # Only checks the process: if the store is unreachable, a restart would disconnect all clients without helping.
          livenessProbe:
            httpGet: { path: /healthz, port: metrics }
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 3
          {{- if .root.Values.preStopSeconds }}
          lifecycle:
            # Waits until no proxy sends new clients here.
            preStop:
              exec:
                command: ["sleep", "{{ .root.Values.preStopSeconds }}"]
          {{- end }}
          resources: {{- toYaml .root.Values.resources | nindent 12 }}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
          volumeMounts:
            - { name: data, mountPath: /data }
            {{- if .root.Values.jwt.existingSecret }}
            - { name: jwt, mountPath: /etc/trading-server/jwt, readOnly: true }
            {{- end }}
            {{- if .root.Values.redis.existingSecret }}
            - { name: redis, mountPath: /etc/trading-server/redis, readOnly: true }
            {{- end }}
            {{- if $hasPostgres }}
            - { name: postgres, mountPath: /etc/trading-server/postgres, readOnly: true }
            {{- end }}
      volumes:
        - name: data
          {{- if $hasVolume }}
          persistentVolumeClaim:
            claimName: {{ include "trading-server.name" .root }}
          {{- else }}
          emptyDir: {}
          {{- end }}
        {{- if .root.Values.jwt.existingSecret }}
        - name: jwt
          secret:
            secretName: {{ .root.Values.jwt.existingSecret }}
            defaultMode: 288 # 0440 in octal
        {{- end }}
        {{- if .root.Values.redis.existingSecret }}
        - name: redis
          secret:
            secretName: {{ .root.Values.redis.existingSecret }}
            defaultMode: 288
        {{- end }}
        {{- if $hasPostgres }}
        - name: postgres
          secret:
            secretName: {{ .root.Values.postgres.existingSecret }}
            defaultMode: 288
        {{- end }}
{{- end }}
