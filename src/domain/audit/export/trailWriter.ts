import { csvFormat } from './csvFormat';
import { jsonlFormat } from './jsonlFormat';
import { otlpFormat } from './otlpFormat';
import { rfc006Format } from './rfc006Format';
import { sarifFormat } from './sarifFormat';
import { type TextFormat, type TrailWriter } from './trailFormat';

const WRITERS: Readonly<Record<TextFormat, () => TrailWriter>> = {
	csv: csvFormat,
	jsonl: jsonlFormat,
	sarif: sarifFormat,
	rfc006: rfc006Format,
	otlp: otlpFormat,
};

/** A writer for one export. */
export function trailWriter(format: TextFormat): TrailWriter {
	return WRITERS[format]();
}
