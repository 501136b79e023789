import { callSpans, otlpRequest } from './otlpSpans';
import { type TrailWriter } from './trailFormat';

/** OpenTelemetry's JSON lines file of traces (OTLP File Exporter): one `ExportTraceServiceRequest` a line, one for each call. */
export function otlpFormat(): TrailWriter {
	return {
		begin: () => '',
		add: ({ entry }) => {
			const spans = callSpans(entry);
			return spans.length === 0 ? '' : `${JSON.stringify(otlpRequest(spans))}\n`;
		},
		end: () => '',
	};
}
