{{- define "trading-server.name" -}}
{{- $name := contains .Chart.Name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) -}}
{{- $name | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{- define "trading-server.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* The role whose pods the clients connect to. */}}
{{- define "trading-server.entrance" -}}
{{- if int .Values.gateways.replicas }}gateway{{ else }}server{{ end -}}
{{- end }}

{{- define "trading-server.labels" -}}
{{ include "trading-server.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{/* "yes" if the server runs the broker, and "" for market data only. */}}
{{- define "trading-server.broker" -}}
{{- $modules := .Values.config.ENABLED_MODULES | default "all" -}}
{{- if or (eq $modules "all") (contains "broker" $modules) }}yes{{ end -}}
{{- end }}

{{/* "yes" if accounts are in a file on a volume. */}}
{{- define "trading-server.volume" -}}
{{- if and (include "trading-server.broker" .) (not .Values.postgres.existingSecret) }}yes{{ end -}}
{{- end }}

{{/* "yes" if all servers are ready at the same time: in a cluster, or for market data only. */}}
{{- define "trading-server.allReady" -}}
{{- if or .Values.redis.existingSecret (not (include "trading-server.broker" .)) }}yes{{ end -}}
{{- end }}

{{/* Longer than preStop, DRAIN_DELAY_MS, DRAIN_MS (drainMs), the seconds for pending requests, and the last commit together. */}}
{{- define "trading-server.graceSeconds" -}}
{{- $drainMs := add (.drainMs | int) (.root.Values.config.DRAIN_DELAY_MS | default "0" | int) -}}
{{- add .root.Values.preStopSeconds (div (add $drainMs 999) 1000) 20 -}}
{{- end }}
