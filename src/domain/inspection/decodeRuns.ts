import { BASE64_LEAST, type Stretch, survey } from './survey';

/** An encoded stretch of a text and what it says. */
export interface DecodedRun {
	readonly encoding: 'base64' | 'hex';
	readonly text: string;
	/** UTF-16 offsets of the encoded stretch. */
	readonly start: number;
	readonly end: number;
}

const BASE64_MOST = 65_536;
const HEX_RUN = /(?:(?:0x)?[0-9A-Fa-f]{2}[ :,]{0,2}){10,4096}/g;
const PROBE = 24;

/** What was decoded, and whether that is all there is. */
export interface DecodedRuns {
	readonly runs: readonly DecodedRun[];
	/** False when the budget ended before the readable stretches did. */
	readonly complete: boolean;
}

const NOTHING: DecodedRuns = { runs: [], complete: true };

/**
 * Base64 (RFC 4648 §4, §5) and hex stretches that decode to readable text, at most `budget` characters of them. Lines
 * of wrapped base64 count as one stretch. Linear in the length; the text is attacker-controlled.
 */
export function decodeRuns(text: string, budget: number): DecodedRuns {
	if (text.length < BASE64_LEAST) {
		return NOTHING;
	}
	const runs: DecodedRun[] = [];
	let left = budget;
	let complete = true;
	const take = (encoding: DecodedRun['encoding'], encoded: string, start: number, end: number): void => {
		const decode = encoding === 'base64' ? decodeBase64 : decodeHex;
		const wanted = encoded.slice(0, Math.floor((left * 4) / 3));
		if (decode(encoded.slice(0, PROBE)) === undefined) {
			return;
		}
		complete &&= wanted.length === encoded.length;
		const decoded = left <= 0 ? undefined : decode(wanted);
		if (decoded !== undefined) {
			left -= decoded.length;
			runs.push({ encoding, text: decoded, start, end });
		}
	};
	const { base64, hex } = survey(text);
	for (const run of joinLines(text, base64)) {
		take('base64', text.slice(run.start, run.end).replace(/\s+/g, ''), run.start, run.end);
	}
	for (const stretch of hex) {
		for (const match of text.slice(stretch.start, stretch.end).matchAll(HEX_RUN)) {
			const start = stretch.start + match.index;
			take('hex', match[0].replace(/0x|[^0-9A-Fa-f]/g, ''), start, start + match[0].length);
		}
	}
	return { runs, complete };
}

function joinLines(text: string, stretches: readonly Stretch[]): readonly { start: number; end: number }[] {
	const runs: { start: number; end: number }[] = [];
	for (const { start, end } of base64Runs(text, stretches)) {
		const last = runs.at(-1);
		if (last && start - last.end <= 2 && /^\r?\n?$/.test(text.slice(last.end, start))) {
			last.end = end;
		} else {
			runs.push({ start, end });
		}
	}
	return runs;
}

/** What `/[A-Za-z0-9+/_-]{16,65536}={0,2}/g` matches. */
function* base64Runs(text: string, stretches: readonly Stretch[]): Generator<Stretch> {
	for (const stretch of stretches) {
		for (let start = stretch.start; stretch.end - start >= BASE64_LEAST;) {
			let end = Math.min(start + BASE64_MOST, stretch.end);
			for (let padding = 0; padding < 2 && text.charCodeAt(end) === 0x3d; padding++) {
				end++;
			}
			yield { start, end };
			start = end;
		}
	}
}

function decodeBase64(encoded: string): string | undefined {
	const plain = encoded.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
	if (!/^[A-Za-z0-9+/]*$/.test(plain)) {
		return undefined;
	}
	return readable(atob(plain.slice(0, plain.length % 4 === 1 ? -1 : undefined)));
}

function decodeHex(encoded: string): string | undefined {
	const bytes: string[] = [];
	for (let at = 0; at + 1 < encoded.length; at += 2) {
		bytes.push(String.fromCharCode(Number.parseInt(encoded.slice(at, at + 2), 16)));
	}
	return readable(bytes.join(''));
}

/** Bytes as text when nearly all of it is printable; undefined for binary. */
function readable(bytes: string): string | undefined {
	const decoded = new TextDecoder().decode(Uint8Array.from(bytes, char => char.charCodeAt(0)));
	// eslint-disable-next-line no-control-regex -- control characters tell binary from text
	const odd = decoded.match(/[\u0000-\u0008\u000e-\u001f\u007f-\u009f\ufffd]/g)?.length ?? 0;
	return decoded.length > 0 && odd <= Math.max(1, decoded.length * 0.06) && odd < decoded.length / 3
		? decoded
		: undefined;
}
