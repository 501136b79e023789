import { createPublicKey } from 'node:crypto';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { errorText, FirewallError } from '../base/errors';
import { parseJson } from '../base/strictJson';
import { type AnchoredHead } from '../domain/audit/checkpoint';
import { readHead } from '../domain/audit/readHead';
import { runGit } from './git';
import { readTrailKey } from './trailKey';
import { READ_AT_ONCE } from './system';

/** Heads from outside a trail, and what should have been one and is none: an auditor is told, where a window just goes on. */
export interface OutsideHeads {
	/** Where they were read. */
	readonly from: string;
	readonly heads: readonly AnchoredHead[];
	/** Files, or lines of notes, that hold no head. */
	readonly unreadable: readonly string[];
}

/** A key file takes some hundred bytes, and a head some three hundred. */
const MAX_BYTES = 16 * 1024;
const GIT_MS = 30_000;
const GIT_BYTES = 16 * 1024 * 1024;
/** Digits of a git object. */
const OBJECT = /^[0-9a-f]{40,64}$/;

/**
 * The raw Ed25519 public key (base64url) that is given as such, or as a file of it, or as a file in PEM (SPKI). Rejects with
 * `usage` for anything else.
 */
export async function readPublicKey(given: string): Promise<string> {
	if (readTrailKey(given) !== undefined) {
		return given;
	}
	const text = await readSmall(given);
	const raw = text.trim();
	const key = raw.startsWith('-----BEGIN PUBLIC KEY-----') ? ofPem(raw) : raw;
	if (key === undefined || readTrailKey(key) === undefined) {
		throw new FirewallError('usage', `${given} holds no Ed25519 public key (PEM, or raw in base64url)`);
	}
	return key;
}

function ofPem(pem: string): string | undefined {
	try {
		return createPublicKey(pem).export({ format: 'jwk' }).x;
	} catch {
		return undefined;
	}
}

async function readSmall(file: string): Promise<string> {
	try {
		const text = await readRegular(file);
		if (text === undefined) {
			throw new FirewallError('usage', `${file} is no file, or too large for a key`);
		}
		return text;
	} catch (error) {
		if (error instanceof FirewallError) {
			throw error;
		}
		throw new FirewallError('usage', `no public key, and no file that can be read: ${errorText(error)}`);
	}
}

/** Undefined for what is no regular file, or too large; does not wait for a pipe that nobody writes to. */
async function readRegular(file: string): Promise<string | undefined> {
	const handle = await open(file, READ_AT_ONCE);
	try {
		const facts = await handle.stat();
		return facts.isFile() && facts.size <= MAX_BYTES ? await handle.readFile('utf8') : undefined;
	} finally {
		await handle.close();
	}
}

/** The folder `anchors` of the data directory that `dir` is, or whose `trail` it is; undefined where there is none. */
export async function anchorsBeside(dir: string): Promise<string | undefined> {
	const place = resolve(dir);
	const folder = join(basename(place) === 'trail' ? dirname(place) : place, 'anchors');
	const found = await stat(folder).catch(() => undefined);
	return found?.isDirectory() === true ? folder : undefined;
}

/** The heads in a folder of anchors, one file for each stream. Rejects with `journal-unreadable`. */
export async function readAnchors(dir: string): Promise<OutsideHeads> {
	const heads: AnchoredHead[] = [];
	const unreadable: string[] = [];
	for (const name of (await list(dir)).filter(each => each.endsWith('.json')).sort()) {
		const file = join(dir, name);
		const text = await readRegular(file).catch(() => undefined);
		const parsed = text === undefined ? undefined : parseJson(text, 'strict');
		const head = parsed?.ok === true ? readHead(parsed.value) : undefined;
		if (head === undefined || name !== `${head.stream}.json`) {
			unreadable.push(file);
		} else {
			heads.push(head);
		}
	}
	return { from: dir, heads, unreadable };
}

async function list(dir: string): Promise<readonly string[]> {
	try {
		return await readdir(dir);
	} catch (error) {
		throw new FirewallError('journal-unreadable', `${dir} cannot be listed: ${errorText(error)}`, { cause: error });
	}
}

/** The heads in the notes `refs/notes/mcp-firewall` of a git repository, one a line. Rejects with `journal-unreadable`. */
export async function readGitNotes(repository: string): Promise<OutsideHeads> {
	const heads: AnchoredHead[] = [];
	const unreadable: string[] = [];
	const listed = await git(repository, 'notes', '--ref=mcp-firewall', 'list');
	for (const [note = '', commit = ''] of listed.split('\n').map(line => line.split(' '))) {
		if (!OBJECT.test(note)) {
			continue;
		}
		for (const line of (await git(repository, 'cat-file', 'blob', note))
			.split('\n')
			.filter(text => text.trim() !== '')) {
			const parsed = parseJson(line, 'strict');
			const head = parsed.ok ? readHead(parsed.value) : undefined;
			if (head === undefined) {
				unreadable.push(`git note on ${commit}`);
			} else {
				heads.push(head);
			}
		}
	}
	return { from: `git notes of ${repository}`, heads, unreadable };
}

async function git(repository: string, ...args: readonly string[]): Promise<string> {
	try {
		return await runGit(repository, args, { timeout: GIT_MS, maxBuffer: GIT_BYTES });
	} catch (error) {
		const why = errorText(error);
		throw new FirewallError('journal-unreadable', `the git notes of ${repository} cannot be read: ${why}`, {
			cause: error,
		});
	}
}
