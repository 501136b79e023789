import { FirewallError } from '../../base/errors';
import { phrase } from '../../base/phrase';
import { type Environment, readVariable } from './environment';

/** What is handed to `child_process.spawn`, always with `shell: false`. */
export interface SpawnPlan {
	readonly file: string;
	readonly args: readonly string[];
	readonly windowsVerbatimArguments: boolean;
}

/** cmd.exe gives these a meaning that quotes do not take away; CR, LF and NUL end a command line. */
const NOT_FOR_BATCH = /["%!\r\n\0]/;

/**
 * How a resolved file is started. On Windows, Node refuses to spawn batch files directly (CVE-2024-27980), and `npx` is
 * one: those go through `cmd.exe /d /s /v:off /c` with every part in double quotes, within which `& | < > ^ ( )` are
 * plain text. A part with a character that quotes do not protect is refused, not escaped. Backslashes at the end of a part
 * are doubled, because the program that the batch file starts would take the last one and the quote for a quote. cmd.exe
 * cannot work in a UNC folder (it goes on in the Windows folder instead), so that is refused too. Pure.
 */
export function spawnPlan(
	file: string,
	args: readonly string[],
	env: Environment,
	platform: NodeJS.Platform,
	cwd = '',
): SpawnPlan {
	if (platform !== 'win32' || !/\.(cmd|bat)$/i.test(file)) {
		return { file, args, windowsVerbatimArguments: false };
	}
	const bad = [file, ...args].find(part => NOT_FOR_BATCH.test(part));
	if (bad !== undefined) {
		throw new FirewallError(
			'upstream-failed',
			phrase(
				'Cannot start {0}: a batch file cannot safely take an argument with one of " % ! or a line end. Name the program that it starts instead.',
				file,
			),
		);
	}
	if (/^[\\/]{2}/.test(cwd)) {
		throw new FirewallError(
			'upstream-failed',
			phrase(
				'Cannot start {0}: a batch file cannot run in a network folder. Map {1} to a drive letter.',
				file,
				cwd,
			),
		);
	}
	const line = [file, ...args].map(part => `"${part.replace(/\\+$/, '$&$&')}"`).join(' ');
	const shell = readVariable(env, 'COMSPEC', 'win32') ?? 'C:\\Windows\\System32\\cmd.exe';
	return { file: shell, args: ['/d', '/s', '/v:off', '/c', `"${line}"`], windowsVerbatimArguments: true };
}
