import { type PathProblem } from './facts';
import { withoutDotsBehind } from './pathText';
import { type PathContext } from './posixPath';

/** A Windows path in its one canonical form, `C:/dir/file` or `//host/share/file`, or why it has none. */
export interface WindowsReading {
	readonly path?: string;
	readonly problem?: PathProblem;
	/** The same before `..` was resolved, where there was one. */
	readonly physical?: string;
}

const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?$/i;
/** Dots and spaces alone, other than `.`, `..` and these with spaces behind: versions of Windows read them differently. */
const DOTS = /^(?=.*\.)(?!\.{1,2} *$)[. ]+$/;
const SHORT_NAME = /^[^.~]{1,6}~\d+(?:\.[^.]{0,3})?$/;

/**
 * Reads any Windows spelling: drive letters, `\\?\` and `\\.\`, UNC, drive-relative and rooted paths, alternate data
 * streams, device and short (8.3) names. Pure, so that it is tested on every system (gateway.md PATH-22). Microsoft,
 * "Naming Files, Paths, and Namespaces".
 */
export function readWindows(text: string, context: PathContext): WindowsReading {
	const home = /^(?:~|%USERPROFILE%|%HOME%|\$HOME|\$env:USERPROFILE|\$\{HOME\})(?=[\\/]|$)(.*)$/is.exec(text);
	if (home !== null) {
		const { home: folder } = context.host;
		return folder === undefined ? { problem: 'unresolvable' } : readPlain(folder + (home[1] ?? ''), context);
	}
	if (/^(?:%[^%\\/]+%|\$env:\w+|~[A-Za-z_][\w-]*)(?:[\\/]|$)/i.test(text)) {
		return { problem: 'unresolvable' };
	}
	return readPlain(text, context);
}

function readPlain(text: string, context: PathContext): WindowsReading {
	const path = text.replaceAll('\\', '/');
	const verbatim = /^\/\/\?\/(?:(UNC)\/)?(.*)$/is.exec(path);
	if (verbatim !== null) {
		const rest = verbatim[2] ?? '';
		if (verbatim[1] !== undefined) {
			return readUnc(`//${rest}`, context);
		}
		return /^[a-z]:\//i.test(rest) ? readDrive(rest) : { problem: 'unresolvable' };
	}
	if (/^\/\/\.(?:\/|$)|^\/\?\?(?:\/|$)/.test(path)) {
		return { problem: 'unresolvable' };
	}
	if (path.startsWith('//')) {
		return readUnc(path, context);
	}
	if (/^[a-z]:/i.test(path)) {
		return path[2] === '/' ? readDrive(path) : { problem: 'no-root' };
	}
	return readRelative(path, context);
}

function readRelative(path: string, context: PathContext): WindowsReading {
	const root = context.root?.replaceAll('\\', '/');
	if (root === undefined || !/^(?:[a-z]:\/|\/\/)/i.test(root)) {
		return { problem: 'no-root' };
	}
	if (!path.startsWith('/')) {
		return readPlain(`${root}/${path}`, { host: context.host });
	}
	const top = /^(?:[a-z]:|\/\/[^/]+\/[^/]+)/i.exec(root)?.[0];
	return top === undefined ? { problem: 'no-root' } : readPlain(top + path, { host: context.host, root });
}

function readDrive(path: string): WindowsReading {
	return finish(`${path.slice(0, 1).toUpperCase()}:`, path.slice(2));
}

/** A share is judged only where the workspace or the root lies on it; any other may be an alias of a local drive. */
function readUnc(path: string, context: PathContext): WindowsReading {
	const parts = /^\/\/([^/]+)\/([^/]+)(.*)$/s.exec(path);
	const share = parts === null ? undefined : `//${parts[1] ?? ''}/${parts[2] ?? ''}`.toLowerCase();
	const own = [...context.host.workspaceFolders, context.root ?? ''].map(folder =>
		folder.replaceAll('\\', '/').toLowerCase(),
	);
	if (share === undefined || !own.some(folder => folder === share || folder.startsWith(`${share}/`))) {
		return { problem: 'remote' };
	}
	return finish(share, parts?.[3] ?? '');
}

function finish(top: string, below: string): WindowsReading {
	const written = below.split('/');
	if (written.some(segment => DOTS.test(segment))) {
		return { problem: 'unresolvable' };
	}
	const segments = written.map(trimWindows).filter(segment => segment !== '' && segment !== '.');
	if (segments.some(segment => DEVICE.test(segment) || SHORT_NAME.test(segment) || segment.includes(':'))) {
		return { problem: 'unresolvable' };
	}
	const kept: string[] = [];
	for (const segment of segments) {
		if (segment === '..') {
			kept.pop();
		} else {
			kept.push(segment);
		}
	}
	const path = `${top}/${kept.join('/')}`;
	return segments.includes('..') ? { path, physical: `${top}/${segments.join('/')}` } : { path };
}

/** Windows drops trailing dots and spaces of every segment; `.. ` is `..`. */
function trimWindows(segment: string): string {
	const bare = segment.trim();
	return bare === '..' ? bare : withoutDotsBehind(segment);
}
