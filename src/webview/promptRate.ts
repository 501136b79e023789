import { type AuditOverview, type PromptCount } from '../shared/auditView';

/** A stretch of time in which calls were made. */
export interface PromptPoint extends PromptCount {
	/** ISO 8601. */
	readonly from: string;
}

/** The stretches with calls, oldest first. */
export function promptPoints(overview: AuditOverview | undefined): readonly PromptPoint[] {
	return (overview?.timeline ?? []).flatMap(({ from }, at) => {
		const count = overview?.prompts?.[at];
		return count === undefined || count.calls === 0 ? [] : [{ from, ...count }];
	});
}

/** Prompts per 100 calls, as people read it: whole numbers from 10 on, else one digit more. Undefined without calls. */
export function promptRate(counts: readonly PromptCount[]): string | undefined {
	const calls = counts.reduce((sum, each) => sum + each.calls, 0);
	const rate = (counts.reduce((sum, each) => sum + each.prompts, 0) / calls) * 100;
	return calls === 0 ? undefined : (rate >= 10 ? Math.round(rate) : Math.round(rate * 10) / 10).toString();
}

/** The line of an SVG path, highest where every call asked. A single stretch is a level line. */
export function promptLine(points: readonly PromptPoint[], width: number, height: number): string {
	const y = ({ calls, prompts }: PromptCount) => (1 + (height - 2) * (1 - prompts / calls)).toFixed(1);
	const step = width / Math.max(1, points.length - 1);
	const places = points.map((point, at) => `${(at * step).toFixed(1)} ${y(point)}`);
	const [only] = points;
	return places.length === 1 && only !== undefined ? `M0 ${y(only)}H${String(width)}` : `M${places.join('L')}`;
}
