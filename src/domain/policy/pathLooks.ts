import { decodeLayers, isPlainAscii, MAX_PATH_LENGTH, visibleText } from './pathText';

const REMOTE_FILE = /^(?:[a-z][a-z0-9+.-]*:)*(?:file|vscode-[a-z-]+|sftp|ssh|smb|nfs|afp|ftp):/i;
const ABSOLUTE =
	/^(?:[/\\]|~(?:[A-Za-z_][\w-]*[/\\]|[/\\]|$)|\.{1,2}(?:[/\\]|$)|[A-Za-z]:[\\/]|\$(?:\{?HOME\}?|\{?[A-Z_][A-Z0-9_]+\}?[/\\]|env:)|%[A-Za-z_]+%[\\/])/i;
const PARENT = /(?:^|[\\/])\.\.(?:[\\/]|$)/;

/** Without one of these characters no text looks like a path. */
const TELLING = /[/\\~$%:]|[^\x20-\x7e]|^\s*\.{1,2}\s*$/;
const LINE_BREAK = /[\r\n\u2028\u2029]/;
/** Source text that starts with a slash. */
const COMMENT = /^\/(?:\/+\s|\*)/;
/** What may stand before a path in one word: `--output=`, `-f`, `if=`, `@`. */
const PREFIX = /^(?:--?[A-Za-z][\w-]*=|-[A-Za-z]|[\w.-]+=)?@?/;

/**
 * Judges an attacker-controlled leaf by its looks, also through percent-encoding, invisible or look-alike characters and
 * line breaks, which some readers drop. `content`: it stands where prose or data does.
 */
export function looksLikePath(leaf: string, content: boolean): boolean {
	if (leaf.length > MAX_PATH_LENGTH) {
		const trimmed = leaf.trim();
		return trimmed.length > MAX_PATH_LENGTH ? looksLong(trimmed, content) : looksLikePath(trimmed, content);
	}
	if (!TELLING.test(leaf)) {
		return false;
	}
	const trimmed = leaf.trim();
	const visible = isPlainAscii(trimmed) ? trimmed : visibleText(trimmed);
	if (visible === '' || (content && /\s/.test(visible))) {
		return false;
	}
	if (LINE_BREAK.test(trimmed)) {
		return !content && looksBroken(trimmed);
	}
	if (!visible.includes('%')) {
		return looksPlain(visible);
	}
	const decoded = decodeLayers(visible);
	const layers = decoded.ok ? decoded.layers : [visible, visible.replace(/%(?:2f|5c|c0%af)/gi, '/')];
	return layers.some(looksPlain);
}

function looksPlain(text: string): boolean {
	return isRooted(text) || PARENT.test(text);
}

function isRooted(text: string): boolean {
	return ABSOLUTE.test(text) || REMOTE_FILE.test(text);
}

/** A path in several lines: few of them, or not a space in them, as no prose and no code is. */
function looksBroken(text: string): boolean {
	if (COMMENT.test(text)) {
		return false;
	}
	const lines = text.split(/[\r\n\u2028\u2029]+/);
	const joined = lines.map(line => visibleText(line)).join('');
	const first = visibleText(lines[0] ?? '');
	return /\s/.test(joined)
		? lines.length <= 3 && (isRooted(joined) || isRooted(first))
		: looksPlain(joined) || looksPlain(first);
}

/**
 * A text longer than any path that starts like one: what is resolved before it is opened can be short again (`/./././etc`).
 * Base64 that starts with a slash stays longer than any path, and prose has spaces and lines.
 */
function looksLong(text: string, content: boolean): boolean {
	const head = visibleText(text.slice(0, 128).replace(PREFIX, ''));
	if (COMMENT.test(head) || !isRooted(head)) {
		return false;
	}
	const spaced = /\s/.test(text);
	if (spaced && (content || LINE_BREAK.test(text))) {
		return false;
	}
	return !/^[\w+/=-]+$/.test(text) || text.replace(/\/{2,}/g, '/').length <= MAX_PATH_LENGTH;
}
