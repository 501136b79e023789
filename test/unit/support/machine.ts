import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';

/**
 * What a test may need that not every machine has. `posix`: modes and owners of files, signals, pipes with a name, programs that are
 * a script with `#!`. `links`: symlinks, which Windows lets only some people make. `linux`: /proc. `root`: files of other people.
 */
export type Need = 'posix' | 'links' | 'linux' | 'root';

/** The machine as it is; tests of this file say another one. */
export interface Machine {
	readonly platform: NodeJS.Platform;
	readonly isRoot: boolean;
	readonly makesLinks: () => boolean;
}

const HERE: Machine = { platform: process.platform, isRoot: process.getuid?.() === 0, makesLinks };

/**
 * For `it.skipIf` and `describe.skipIf`: true where this machine lacks what is needed. Whatever is skipped says so in the output, with
 * the reason. On Linux nothing but `root` is ever lacking.
 */
export function lacks(need: Need, why: string, machine = HERE, tell: (line: string) => void = print): boolean {
	const missing = !has(need, machine);
	if (missing) {
		tell(`Skipped on ${machine.platform}, which lacks ${need} here: ${why}.`);
	}
	return missing;
}

/** The same for a file or folder that lies beside the project, and not everywhere. */
export function lacksFile(file: string, why: string, tell: (line: string) => void = print): boolean {
	const missing = !existsSync(file);
	if (missing) {
		tell(`Skipped, since ${file} is not here: ${why}.`);
	}
	return missing;
}

/** What Windows needs to start a program at all. */
const WINDOWS_NEEDS = ['SystemRoot', 'ComSpec', 'PATHEXT', 'TEMP', 'TMP'];

/** The whole environment of a program of a person whose home lies there: nothing of it may reach the home of whoever runs the tests. */
export function environmentAt(
	home: string,
	{ platform } = HERE,
	env: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string> {
	const own: Record<string, string> = { PATH: env.PATH ?? '', HOME: home };
	for (const name of platform === 'win32' ? WINDOWS_NEEDS : []) {
		own[name] = env[name] ?? '';
	}
	return platform === 'win32' ? { ...own, USERPROFILE: home } : own;
}

/** Expects the permission bits of a file or folder. Windows has none: there it is the access list of the person's folder that counts. */
export function expectMode(path: string, mode: number): void {
	if (!lacks('posix', `${path} would have a mode`)) {
		expect(statSync(path).mode & 0o777).toBe(mode);
	}
}

function has(need: Need, { platform, isRoot, makesLinks: tries }: Machine): boolean {
	switch (need) {
		case 'posix':
			return platform !== 'win32';
		case 'links':
			return platform !== 'win32' || tries();
		case 'linux':
			return platform === 'linux';
		case 'root':
			return isRoot;
	}
}

let made: boolean | undefined;

/** Windows asks for a privilege, or for its developer mode. */
function makesLinks(): boolean {
	if (made === undefined) {
		const folder = mkdtempSync(join(tmpdir(), 'mcp-firewall-links-'));
		try {
			symlinkSync(join(folder, 'nowhere'), join(folder, 'link'));
			made = true;
		} catch {
			made = false;
		} finally {
			rmSync(folder, { recursive: true, force: true });
		}
	}
	return made;
}

function print(line: string): void {
	process.stderr.write(`${line}\n`);
}
