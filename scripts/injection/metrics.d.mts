/** One labelled text, as far as the metric needs it. */
export interface LabelledRow {
	readonly set: string;
	readonly label: string;
	readonly kind: string;
	readonly tier?: string;
	readonly template: string;
}

/** How many there are, and in how many something was found. */
export interface Count {
	readonly n: number;
	readonly hit: number;
}

/** The figures of one detector. */
export interface Figures {
	readonly recall: Map<string, Count>;
	readonly alarms: Map<string, Count>;
	readonly tiers: Map<string, Count>;
	readonly families: Map<string, Count>;
	readonly types: Map<string, Count>;
	readonly asideRecall: Map<string, Count>;
	readonly asideAlarms: Map<string, Count>;
	readonly macroRecall: { readonly sets: number; readonly rate: number };
	readonly macroAlarms: { readonly sets: number; readonly rate: number };
	readonly microRecall: Count;
	readonly microAlarms: Count;
}

export function percent(count: Count): number;
export function macro(counts: Map<string, Count>): { readonly sets: number; readonly rate: number };
export function measure<Row extends LabelledRow>(rows: readonly Row[], flaggedOf: (row: Row) => boolean): Figures;
export const BASELINES: Readonly<Record<'B0' | 'B1+unescape', (text: string) => boolean>>;
