const DECODER = new TextDecoder();
/** Bytes that no text has: more than this share of them, and it is binary. */
const ODD_SHARE = 0.06;
/** Of a text in UTF-16 half the bytes are zero. */
const ZERO_SHARE = 0.3;
/** So many bytes below 128 in a row are no accident. */
const SURE = 16;
/** Shortest text inside binary data that is taken out; chance makes hardly any as long. */
const SHORTEST = 24;

/**
 * Bytes as text where nearly all of it is printable, else the longer printable stretches in it, a line each; undefined where
 * there is none. Texts in UTF-16 count. Linear in the length. The bytes are attacker-controlled.
 */
export function readableText(bytes: Uint8Array): string | undefined {
	let odd = 0;
	let zeros = 0;
	let high = 0;
	for (let at = 0; at < bytes.length; at++) {
		const byte = bytes[at] as number;
		if (byte < 32) {
			zeros += byte === 0 ? 1 : 0;
			odd += byte === 9 || byte === 10 || byte === 13 ? 0 : 1;
		} else if (byte >= 127) {
			high += byte === 127 ? 0 : 1;
			odd += byte === 127 ? 1 : 0;
		}
	}
	if (zeros >= 4 && zeros >= bytes.length * ZERO_SHARE && zeros <= bytes.length * 0.8) {
		return readableText(bytes.filter(byte => byte !== 0));
	}
	// Control characters between letters are a disguise; binary has high bytes too.
	const narrow = high === 0 && bytes.length >= SURE && odd <= bytes.length * 0.7;
	if (isText(odd, bytes.length) || narrow) {
		const text = DECODER.decode(bytes);
		if (high === 0 || isText(odd + oddIn(text), text.length)) {
			return text;
		}
	}
	return printableIn(bytes);
}

function isText(odd: number, length: number): boolean {
	return length > 0 && odd <= Math.max(1, length * ODD_SHARE) && odd < length / 3;
}

/** Replacement and C1 control characters, of which binary decoded as UTF-8 is full. */
function oddIn(text: string): number {
	let odd = 0;
	for (let at = 0; at < text.length; at++) {
		const unit = text.charCodeAt(at);
		odd += unit === 0xfffd || (unit >= 0x80 && unit <= 0x9f) ? 1 : 0;
	}
	return odd;
}

function printableIn(bytes: Uint8Array): string | undefined {
	const found: string[] = [];
	let start = 0;
	for (let at = 0; at <= bytes.length; at++) {
		const byte = bytes[at] ?? 0;
		if ((byte >= 32 && byte < 127) || byte === 9 || byte === 10 || byte === 13) {
			continue;
		}
		if (at - start >= SHORTEST) {
			found.push(DECODER.decode(bytes.subarray(start, at)));
		}
		start = at + 1;
	}
	return found.length === 0 ? undefined : found.join('\n');
}
