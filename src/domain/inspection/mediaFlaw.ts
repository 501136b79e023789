import { isJsonObject, type JsonObject } from '../../base/json';
import { type Steps } from '../../base/steps';
import { type Finding } from './finding';
import {
	bareType,
	base64Pieces,
	decodedHead,
	decodedSize,
	isMediaType,
	isTextType,
	SIGNATURE_BYTES,
	signatureOf,
} from './mediaType';

/**
 * Bytes of one picture, sound or blob. No model takes larger pictures (the services end at 5 to 20 MB), and each is held
 * several times on its way.
 */
export const MAX_MEDIA_BYTES = 16 * 1024 * 1024;

/** Characters of one SVG that are looked through. */
const MAX_SVG = 1_048_576;

/** Bytes of a blob that tell text from binary. */
const TEXT_LOOK = 4_096;

/** What is wrong with a part of an answer that carries a file. */
export interface MediaFlaw {
	readonly rule:
		'media-type' | 'media-base64' | 'media-too-large' | 'media-mismatch' | 'media-other-type' | 'media-active';
	readonly severity: Finding['severity'];
	/** One sentence of ours. */
	readonly advice: string;
}

const FLAWS = {
	'media-type': ['medium', 'The type that the server names for this part is none.'],
	'media-base64': ['medium', 'The bytes of this part are not in base64.'],
	'media-too-large': ['medium', 'This part has more bytes than may be handed on.'],
	'media-mismatch': ['medium', 'The bytes of this part are not of the type that the server names for it.'],
	'media-other-type': ['low', 'The bytes of this picture are of another type of picture than the server says.'],
	'media-active': ['medium', 'This picture holds program code or loads something from elsewhere.'],
} as const;

/** Ids of the findings about kinds of files. */
export const MEDIA_RULES: readonly string[] = Object.keys(FLAWS);

function flaw(rule: MediaFlaw['rule']): MediaFlaw {
	const [severity, advice] = FLAWS[rule];
	return { rule, severity, advice };
}

/**
 * What is wrong with an object that carries a file: a block of type `image` or `audio` (MCP 2025-11-25 `ImageContent`,
 * `AudioContent`), or the contents of a resource (`BlobResourceContents`, `TextResourceContents`). Undefined where nothing
 * is, and for any other object. Attacker-controlled.
 */
export function* mediaFlaw(part: JsonObject): Steps<MediaFlaw | undefined> {
	const { type, data, blob, text, mimeType } = part;
	if (type === 'image' || type === 'audio') {
		return yield* encoded(typeof data === 'string' ? data : '', mimeType ?? '', type);
	}
	if (typeof part.uri !== 'string' || isJsonObject(part.resource)) {
		return undefined;
	}
	if (blob !== undefined) {
		return yield* encoded(typeof blob === 'string' ? blob : '', mimeType, undefined);
	}
	if (typeof text !== 'string' || mimeType === undefined) {
		return undefined;
	}
	if (typeof mimeType !== 'string' || !isMediaType(mimeType)) {
		return flaw('media-type');
	}
	return bareType(mimeType) === 'image/svg+xml' ? svgFlaw(text) : undefined;
}

function* encoded(base64: string, mimeType: unknown, family: string | undefined): Steps<MediaFlaw | undefined> {
	if (mimeType !== undefined && (typeof mimeType !== 'string' || !isMediaType(mimeType))) {
		return flaw('media-type');
	}
	if (decodedSize(base64) > MAX_MEDIA_BYTES) {
		return flaw('media-too-large');
	}
	for (const fits of base64Pieces(base64)) {
		yield;
		if (!fits) {
			return flaw('media-base64');
		}
	}
	const named = typeof mimeType === 'string' ? bareType(mimeType) : undefined;
	if (named === undefined) {
		return undefined;
	}
	if (family !== undefined && !named.startsWith(`${family}/`)) {
		return flaw('media-mismatch');
	}
	return named === 'image/svg+xml' ? encodedSvg(base64) : against(named, base64);
}

/** Types whose files always begin in a known way. */
const ALWAYS_SIGNED = /^(?:image\/(?:png|jpeg|jpg|gif|webp)|application\/pdf)$/;

function against(named: string, base64: string): MediaFlaw | undefined {
	const signature = signatureOf(decodedHead(base64, SIGNATURE_BYTES));
	const head = decodedHead(base64, TEXT_LOOK);
	if (isTextType(named)) {
		// UTF-16 has zeros, and says so.
		const binary = head.includes('\0') && !/^(?:\xff\xfe|\xfe\xff)/.test(head);
		return binary || (signature !== undefined && signature !== 'application/pdf')
			? flaw('media-mismatch')
			: undefined;
	}
	const [family = ''] = named.split('/');
	if (!ALWAYS_SIGNED.test(named) && !/^(?:image|audio|video|font)$/.test(family)) {
		return undefined;
	}
	if (signature === undefined) {
		return ALWAYS_SIGNED.test(named) || isProse(head) ? flaw('media-mismatch') : undefined;
	}
	const [other = ''] = signature.split('/');
	if (named === signature || (named === 'image/jpg' && signature === 'image/jpeg')) {
		return undefined;
	}
	if (other === family && family === 'image') {
		return ALWAYS_SIGNED.test(named) ? flaw('media-other-type') : undefined;
	}
	// Containers are shared: a sound may lie in an MP4 or WebM file, a font in anything.
	return (other === 'audio' || other === 'video') && (family === 'audio' || family === 'video')
		? undefined
		: flaw('media-mismatch');
}

/** True for bytes that are words, whatever they are called. */
function isProse(head: string): boolean {
	return head.length >= 16 && /^[\t\n\r\x20-\x7e]+$/.test(head) && /[A-Za-z]{2,}\s+[A-Za-z]/.test(head);
}

function encodedSvg(base64: string): MediaFlaw | undefined {
	const bytes = decodedHead(base64, MAX_SVG + 1);
	return svgFlaw(new TextDecoder().decode(Uint8Array.from(bytes, char => char.charCodeAt(0))));
}

/** Elements, attributes and addresses by which an SVG acts (SVG 2 §15, HTML §4.12.1); entities can spell any of them. */
const ACTIVE =
	/<(?:[\w-]{1,32}:)?(?:script|foreignobject|iframe|embed|object|handler|listener)[\s/>]|[\s"'/]on[a-z]{3,32}\s{0,16}=|(?:java|vb)script\s{0,16}:|<!entity|<!doctype[^>[]{0,256}\[|data:text\/html/i;

/** A tag, without its `<`, that loads something from elsewhere when it is shown. */
const LOADS = /^(?:[\w-]{1,32}:)?(?:image|use|feimage|link)\s[^>]*?href\s{0,16}=\s{0,16}["']?\s{0,16}(?:https?:)?\/\//i;

/** The same in a style. */
const STYLE_LOADS = /(?:@import|url\()\s{0,16}["']?\s{0,16}(?:https?:)?\/\//i;

/** A colon or letter as a character reference: no honest attribute needs it, and `javascript:` can be spelt so. */
const SPELT =
	/&#(?:x0{0,6}(?:3a|4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a])|0{0,6}(?:58|6[5-9]|[78]\d|9[0789]|1[01]\d|12[0-2]))(?:;|[^\da-f])/i;

/** What is wrong with an SVG, read as text; one that is too long to be looked through is not handed on. */
export function svgFlaw(svg: string): MediaFlaw | undefined {
	if (svg.length > MAX_SVG) {
		return flaw('media-too-large');
	}
	if (!/<(?:[\w-]{1,32}:)?svg[\s/>]/i.test(svg)) {
		return flaw('media-mismatch');
	}
	const tags = svg.replaceAll(/>[^<>]{1,65536}</g, '><');
	return ACTIVE.test(svg) || STYLE_LOADS.test(svg) || SPELT.test(tags) || svg.split('<').some(tag => LOADS.test(tag))
		? flaw('media-active')
		: undefined;
}
