import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorText } from '../base/errors';
import { type JsonObject } from '../base/json';
import { type Logger } from '../base/logger';
import { parseJson } from '../base/strictJson';
import { type AnchoredHead } from '../domain/audit/checkpoint';
import { furtherHead, readHead } from '../domain/audit/readHead';
import { writePrivateFile } from './privateFile';
import { READ_AT_ONCE } from './system';

/** Keeps the newest head of each stream outside the trail, so that a trail that lost its end does not look whole. */
export interface HeadAnchor {
	/** Takes a newer head of a stream. Never throws, never waits; trouble is logged. */
	keep(head: AnchoredHead): void;
	/** The newest head of each stream. Never rejects: what cannot be read, or is no head, is left out. */
	heads(): Promise<readonly AnchoredHead[]>;
	/** Resolves once what was kept before lies where it belongs, or could not be put there. Never rejects. */
	flush(): Promise<void>;
}

const ENDING = '.json';
/** A head takes some 300 bytes. */
const MAX_BYTES = 4096;
/** Files that are read at the same time. */
const AT_ONCE = 16;

/**
 * One file for each stream in a directory (mode 0700, files 0600), written by that stream's window alone, so nobody has to lock
 * anything. Heads that come while one is written are left out, except for the newest.
 */
export class FileAnchor implements HeadAnchor {
	private readonly waiting = new Map<string, AnchoredHead>();
	private writing: Promise<void> | undefined;

	constructor(
		private readonly dir: string,
		private readonly logger: Logger,
	) {}

	keep(head: AnchoredHead): void {
		this.waiting.set(head.stream, furtherHead(this.waiting.get(head.stream), head));
		this.writing ??= this.write();
	}

	async heads(): Promise<readonly AnchoredHead[]> {
		const names = (await readdir(this.dir).catch(() => [])).filter(name => name.endsWith(ENDING)).sort();
		const heads: AnchoredHead[] = [];
		for (let at = 0; at < names.length; at += AT_ONCE) {
			const read = await Promise.all(names.slice(at, at + AT_ONCE).map(name => this.read(name)));
			heads.push(...read.filter(head => head !== undefined));
		}
		return heads;
	}

	async flush(): Promise<void> {
		await this.writing;
	}

	private async write(): Promise<void> {
		for (const [stream, head] of this.waiting) {
			this.waiting.delete(stream);
			try {
				await writePrivateFile(join(this.dir, `${stream}${ENDING}`), headLine(head));
			} catch (error) {
				this.logger.warn(
					`The head of the audit trail could not be anchored in ${this.dir}: ${errorText(error)}`,
				);
			}
		}
		this.writing = undefined;
	}

	/** A head counts only under the name of its own stream. */
	private async read(name: string): Promise<AnchoredHead | undefined> {
		try {
			const parsed = parseJson(await readSmall(join(this.dir, name)), 'strict');
			const head = parsed.ok ? readHead(parsed.value) : undefined;
			return head !== undefined && name === `${head.stream}${ENDING}` ? head : undefined;
		} catch {
			return undefined;
		}
	}
}

/** A head as one line of JSON with its newline. */
export function headLine(head: AnchoredHead): string {
	const { stream, segment, seq, hash, at, key, closed } = head;
	const plain: JsonObject = { stream, segment, seq, hash, at, key, ...(closed && { closed }) };
	return `${JSON.stringify(plain)}\n`;
}

async function readSmall(file: string): Promise<string> {
	const handle = await open(file, READ_AT_ONCE);
	try {
		const { bytesRead, buffer } = await handle.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0);
		return buffer.toString('utf8', 0, bytesRead);
	} finally {
		await handle.close();
	}
}

/** Two places at once; a thief of one of them has to reach the other too. */
export class BothAnchors implements HeadAnchor {
	constructor(
		private readonly one: HeadAnchor,
		private readonly other: HeadAnchor,
	) {}

	keep(head: AnchoredHead): void {
		this.one.keep(head);
		this.other.keep(head);
	}

	/** Of a stream that both know, the further head. */
	async heads(): Promise<readonly AnchoredHead[]> {
		const [some, others] = await Promise.all([this.one.heads(), this.other.heads()]);
		const furthest = new Map<string, AnchoredHead>();
		for (const head of [...some, ...others]) {
			furthest.set(head.stream, furtherHead(furthest.get(head.stream), head));
		}
		return [...furthest.values()];
	}

	async flush(): Promise<void> {
		await Promise.all([this.one.flush(), this.other.flush()]);
	}
}
