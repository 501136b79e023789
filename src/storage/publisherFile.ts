import { isMissing } from '../base/errors';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonArray, isJsonObject, type JsonValue } from '../base/json';
import { inEnglish } from '../base/phrase';
import { parseJson } from '../base/strictJson';
import { PROBLEM_WORDS } from '../domain/registry/problemWords';
import { isPublisherKey, type Publisher } from '../domain/registry/registryBundle';
import { withFileLock } from './fileLock';
import { writePrivateFile } from './privateFile';

/** A publisher whose key a person compared and accepted. */
export interface KnownPublisher extends Publisher {
	/** ISO 8601 time at which a person accepted the key. */
	readonly since: string;
	/** ISO 8601; from then on the key is asked about again. */
	readonly until: string;
}

/** How a key stands. */
export type PublisherStanding = 'known' | 'expired' | 'unknown';

/** How long a person's yes to a key holds, milliseconds: a year. */
const HOLDS_MS = 365 * 24 * 60 * 60_000;
const MAX_CHARS = 1024 * 1024;

/**
 * The publishers whose signed registries are taken in, in `publishers.json` of the registry's folder. A file that cannot be
 * read knows nobody, and takes nobody in.
 */
export class PublisherFile {
	private readonly file: string;

	constructor(registryDirectory: string) {
		this.file = join(registryDirectory, 'publishers.json');
	}

	/** How a key stands at `now` (milliseconds since the epoch). Never rejects. */
	async standing(key: string, now: number): Promise<PublisherStanding> {
		const known = (await this.read())?.find(publisher => publisher.key === key);
		return known === undefined ? 'unknown' : Date.parse(known.until) > now ? 'known' : 'expired';
	}

	/** Knows a publisher from now on, for a year. Gives the problem, or nothing. */
	async add({ name, key }: Publisher, now: number): Promise<string | undefined> {
		const outcome = await withFileLock(this.file, async () => {
			const known = await this.read();
			if (known === undefined) {
				return inEnglish(PROBLEM_WORDS.unreadable(this.file));
			}
			const since = new Date(now).toISOString();
			const until = new Date(now + HOLDS_MS).toISOString();
			const publishers = [...known.filter(each => each.key !== key), { name, key, since, until }];
			await writePrivateFile(this.file, `${JSON.stringify({ version: 1, publishers }, undefined, '\t')}\n`);
			return undefined;
		});
		return outcome.kind === 'ran' ? outcome.value : outcome.problem;
	}

	private async read(): Promise<readonly KnownPublisher[] | undefined> {
		try {
			const text = await readFile(this.file, 'utf8');
			const parsed = text.length > MAX_CHARS ? undefined : parseJson(text, 'strict');
			const value = parsed?.ok === true && isJsonObject(parsed.value) ? parsed.value : {};
			const read = isJsonArray(value.publishers) ? value.publishers.map(readPublisher) : [undefined];
			const whole = read.filter(each => each !== undefined);
			return value.version === 1 && whole.length === read.length ? whole : undefined;
		} catch (error) {
			return isMissing(error) ? [] : undefined;
		}
	}
}

function readPublisher(value: JsonValue): KnownPublisher | undefined {
	if (!isJsonObject(value)) {
		return undefined;
	}
	const { name, key, since, until } = value;
	const isTime = (text: unknown): text is string => typeof text === 'string' && !Number.isNaN(Date.parse(text));
	return typeof name === 'string' && isPublisherKey(key) && isTime(since) && isTime(until)
		? { name, key, since, until }
		: undefined;
}
