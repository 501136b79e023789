/** Bytes of a file's beginning that {@link signatureOf} looks at. */
export const SIGNATURE_BYTES = 64;

/** `type/subtype`, with parameters or without (RFC 6838 §4.2, RFC 9110 §8.3.1); bounded. */
const MEDIA_TYPE = /^[a-z0-9][\w!#$&^.+-]{0,126}\/[a-z0-9][\w!#$&^.+-]{0,126}(?:\s{0,4};[\x20-\x7e]{0,256})?$/i;

/** True for what may stand in a `mimeType`. */
export function isMediaType(text: string): boolean {
	return MEDIA_TYPE.test(text);
}

/** `type/subtype` in lower case, without parameters. */
export function bareType(text: string): string {
	return (text.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/** How files of a type begin: text as Latin-1, `?` for any byte, from `at` on. */
const SIGNATURES: readonly (readonly [type: string, begins: string, at?: number])[] = [
	['image/png', '\x89PNG\r\n\x1a\n'],
	['image/jpeg', '\xff\xd8\xff'],
	['image/gif', 'GIF87a'],
	['image/gif', 'GIF89a'],
	['image/webp', 'RIFF????WEBP'],
	['image/bmp', 'BM????\0\0\0\0'],
	['image/x-icon', '\0\0\x01\0'],
	['image/tiff', 'II*\0'],
	['image/tiff', 'MM\0*'],
	['image/avif', 'ftypavif', 4],
	['image/heic', 'ftyphei', 4],
	['image/heic', 'ftypmif1', 4],
	['audio/wav', 'RIFF????WAVE'],
	['audio/mpeg', 'ID3'],
	['audio/ogg', 'OggS'],
	['audio/flac', 'fLaC'],
	['audio/midi', 'MThd'],
	['video/mp4', 'ftyp', 4],
	['video/webm', '\x1aE\xdf\xa3'],
	['application/pdf', '%PDF-'],
	['application/zip', 'PK\x03\x04'],
	['application/gzip', '\x1f\x8b'],
	['application/x-7z-compressed', "7z\xbc\xaf'\x1c"],
	['application/vnd.rar', 'Rar!\x1a\x07'],
	['application/x-executable', '\x7fELF'],
	['application/x-msdownload', 'MZ??\0?\0\0'],
	['application/x-mach-binary', '\xcf\xfa\xed\xfe'],
	['application/x-mach-binary', '\xca\xfe\xba\xbe'],
	['application/wasm', '\0asm'],
	['application/vnd.sqlite3', 'SQLite format 3\0'],
];

/** The type of file that bytes begin like; undefined when they begin like none that is known. Bytes as Latin-1 text. */
export function signatureOf(bytes: string): string | undefined {
	return SIGNATURES.find(([, begins, at = 0]) =>
		Array.from(begins).every((char, index) => char === '?' || bytes[at + index] === char),
	)?.[0];
}

/** True for a type whose files are text, and which programs show as text. */
export function isTextType(type: string): boolean {
	return /^text\/|^application\/(?:json|xml|javascript|ecmascript|yaml|x-yaml|toml|sql|graphql)$|\+(?:json|xml|yaml)$/.test(
		type,
	);
}

const BASE64_LETTERS = /^[A-Za-z0-9+/_\r\n-]*$/;

/** Length of the pieces in which base64 is looked through. */
const PIECE = 1_048_576;

/** Base64 (RFC 4648 §4, §5, lines wrapped or not, padded or not), piece by piece: true while it may be some. */
export function* base64Pieces(text: string): Generator<boolean, void, undefined> {
	const end = text.endsWith('==') ? text.length - 2 : text.endsWith('=') ? text.length - 1 : text.length;
	for (let at = 0; at < end; at += PIECE) {
		yield BASE64_LETTERS.test(text.slice(at, Math.min(end, at + PIECE)));
	}
	const rest = text.replace(/[\r\n=]/g, '').length % 4;
	yield rest !== 1;
}

/** How many bytes base64 of this length says, at most. */
export function decodedSize(base64: string): number {
	return Math.floor((base64.length * 3) / 4);
}

/** The bytes that base64 begins with, as Latin-1 text, at most so many; empty when it is none. */
export function decodedHead(base64: string, bytes: number): string {
	const letters = base64
		.slice(0, Math.ceil((bytes * 4) / 3) + 64)
		.replace(/[\r\n=]/g, '')
		.replaceAll('-', '+')
		.replaceAll('_', '/');
	try {
		return atob(letters.slice(0, letters.length - (letters.length % 4 === 1 ? 1 : 0))).slice(0, bytes);
	} catch {
		return '';
	}
}
