import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { posix, win32 } from 'node:path';
import { FirewallError } from '../../base/errors';
import { phrase } from '../../base/phrase';
import { type Environment, readVariable } from './environment';

/** Where a command is looked up. */
export interface CommandContext {
	/** Absolute. */
	readonly cwd: string;
	/** The environment that the upstream will get; its PATH counts. */
	readonly env: Environment;
	readonly platform: NodeJS.Platform;
}

/**
 * The absolute path of the file that a command names, as a shell would find it, except that relative PATH entries and
 * (on Windows) the working directory are never searched: a workspace must not be able to slip in its own `npx`. On Windows
 * a name without an extension is looked up by PATHEXT, in its order; a bare `npx` beside `npx.cmd` is a script of another
 * system and never taken.
 * Throws `upstream-failed` with a message that says what was looked for.
 */
export async function resolveCommand(
	command: string,
	context: CommandContext,
	isExecutable: (file: string) => Promise<boolean> = isExecutableFile,
): Promise<string> {
	const path = context.platform === 'win32' ? win32 : posix;
	const hasFolder = command.includes('/') || (context.platform === 'win32' && command.includes('\\'));
	const folders = hasFolder ? [] : searchPath(context);
	const bases = hasFolder ? [path.resolve(context.cwd, command)] : folders.map(folder => path.join(folder, command));
	for (const base of command === '' ? [] : bases) {
		for (const extension of extensions(command, context)) {
			if (await isExecutable(base + extension)) {
				return base + extension;
			}
		}
	}
	throw new FirewallError(
		'upstream-failed',
		hasFolder
			? phrase('Cannot start "{0}": {1} is not an executable file.', command, bases[0] ?? '')
			: phrase('Cannot start "{0}": not found in PATH ({1} folders).', command, folders.length),
	);
}

function searchPath(context: CommandContext): string[] {
	const path = context.platform === 'win32' ? win32 : posix;
	const entries = (readVariable(context.env, 'PATH', context.platform) ?? '').split(path.delimiter);
	// On Windows an entry may stand in quotes, which are no part of its name.
	const folders = context.platform === 'win32' ? entries.map(entry => entry.replaceAll('"', '')) : entries;
	return folders.filter(folder => path.isAbsolute(folder));
}

function extensions(command: string, context: CommandContext): readonly string[] {
	if (context.platform !== 'win32') {
		return [''];
	}
	const known = (readVariable(context.env, 'PATHEXT', 'win32') ?? '.COM;.EXE;.BAT;.CMD').split(';').filter(Boolean);
	const has = known.some(extension => command.toUpperCase().endsWith(extension.toUpperCase()));
	return has ? [''] : known.map(extension => extension.toLowerCase());
}

async function isExecutableFile(file: string): Promise<boolean> {
	try {
		await access(file, constants.X_OK);
		return (await stat(file)).isFile();
	} catch {
		return false;
	}
}
