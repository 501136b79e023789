import { indexQuery, type IndexQuery } from './auditQuery';
import { ROW_KIND } from './indexRow';
import { type IndexShelf } from './indexShelf';
import { HALF_HOUR, type Rows, type ShelfSums, STEPS, type WholeSums } from './keptSums';

/** When something happened, whatever the order of the trail says. */
export const AT = 'coalesce(at, time)';

/** Runs between two queries of a sum, so that others get a turn. */
export type Pause = () => Promise<void>;

/** What matches in one shelf, which has been searched for the text of the query. */
export async function sumsOfShelf(shelf: IndexShelf, query: IndexQuery, pause: Pause): Promise<ShelfSums> {
	const counts = async (column: string, table: 'word' | 'list' = 'word') => {
		await pause();
		const named = `(SELECT value FROM ${table} AS named WHERE named.id = ${column})`;
		const rows = await shelf.rows(
			query,
			condition =>
				`SELECT ${named}, count(*) FROM entry WHERE ${condition} AND ${column} IS NOT NULL GROUP BY ${column}`,
		);
		return new Map(rows.map(([value, count]) => [String(value), Number(count)]));
	};
	const [row] = await shelf.rows(
		query,
		condition =>
			`SELECT count(*), sum(kind = ${ROW_KIND.call}), min(${AT}), max(${AT}) FROM entry WHERE ${condition}`,
	);
	const [total, calls, from, to] = (row ?? []).map(Number);
	const rule = new Map<string, number>();
	for (const [list, count] of await counts('rules', 'list')) {
		for (const one of JSON.parse(list) as string[]) {
			rule.set(one, (rule.get(one) ?? 0) + count);
		}
	}
	return {
		total: total ?? 0,
		calls: calls ?? 0,
		from: from ?? 0,
		to: to ?? 0,
		rule,
		server: await counts('server'),
		tool: await counts('tool'),
		refusal: await counts('reason'),
		effect: await counts('effect'),
		outcome: await counts('outcome'),
	};
}

/** How many match in one shelf by bucket and effect. */
export async function timelineOfShelf(shelf: IndexShelf, query: IndexQuery, bucketMs: number): Promise<Rows> {
	const effect = '(SELECT value FROM word WHERE word.id = effect)';
	return shelf.rows(
		query,
		condition => `SELECT ${AT} / ${bucketMs}, ${effect}, count(*) FROM entry WHERE ${condition} GROUP BY 1, effect`,
	);
}

/** How many calls match in one shelf by bucket, and how many of them waited for a person: only then time was spent on it. */
export async function promptsOfShelf(shelf: IndexShelf, query: IndexQuery, bucketMs: number): Promise<Rows> {
	return shelf.rows(
		query,
		condition =>
			`SELECT ${AT} / ${bucketMs}, count(*), sum(coalesce(approval, 0) > 0) FROM entry WHERE ${condition} AND kind = ${ROW_KIND.call} GROUP BY 1`,
	);
}

/** How many calls match in one shelf by the microseconds that a step took. */
export async function latencyOfShelf(
	shelf: IndexShelf,
	query: IndexQuery,
	step: (typeof STEPS)[number],
): Promise<Rows> {
	return shelf.rows(
		query,
		condition =>
			`SELECT ${step}, count(*) FROM entry WHERE ${condition} AND kind = ${ROW_KIND.call} AND ${step} IS NOT NULL GROUP BY 1`,
	);
}

/** All sums of a shelf that is made. */
export async function wholeSums(shelf: IndexShelf, pause: Pause): Promise<WholeSums> {
	const query = indexQuery({});
	const latency = {} as Record<(typeof STEPS)[number], Rows>;
	for (const step of STEPS) {
		await pause();
		latency[step] = await latencyOfShelf(shelf, query, step);
	}
	const sums = await sumsOfShelf(shelf, query, pause);
	await pause();
	const timeline = await timelineOfShelf(shelf, query, HALF_HOUR);
	await pause();
	const prompts = await promptsOfShelf(shelf, query, HALF_HOUR);
	await pause();
	return { sums, timeline, prompts, latency, uses: await shelf.uses() };
}
