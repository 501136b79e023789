import { type Clock } from '../base/clock';
import { type Disposable } from '../base/disposable';
import { type AuditRecord } from '../domain/audit/auditRecord';

/** Answers of one server that are told together, oldest first. */
export interface AnswerBatch {
	readonly answers: readonly ToldAnswer[];
	/** How many there are; `answers` keeps the first so many. */
	readonly count: { readonly quarantined: number; readonly withheld: number };
	/** Milliseconds that they came in; 0 for one that is told at once. */
	readonly over: number;
}

/** An answer that did not reach the agent as it came. */
export interface ToldAnswer {
	readonly kind: 'quarantined' | 'withheld';
	readonly entry: AuditRecord;
}

/** Milliseconds in which one server is told of once. */
const WINDOW_MS = 10_000;

/** While a server goes on, its windows grow to this. */
const LONGEST_MS = 80_000;

/** Entries that a batch keeps. */
const KEPT = 20;

interface Window {
	readonly length: number;
	readonly answers: ToldAnswer[];
	readonly count: Record<ToldAnswer['kind'], number>;
	readonly end: Disposable;
}

/**
 * Holds notices of answers back so that a server cannot flood the person with them: the first is told at once, what follows
 * within 10 s in one go at the end; while it goes on, each window is twice as long as the one before, up to 80 s.
 */
export class NoticeGate implements Disposable {
	/** By server id; windows without answers close. */
	private readonly windows = new Map<string, Window>();

	constructor(
		private readonly clock: Clock,
		private readonly tell: (batch: AnswerBatch) => void,
	) {}

	add(answer: ToldAnswer): void {
		const id = answer.entry.server?.id ?? '';
		const window = this.windows.get(id);
		if (window === undefined) {
			this.open(id, WINDOW_MS);
			this.tell({ answers: [answer], count: { ...NONE, [answer.kind]: 1 }, over: 0 });
			return;
		}
		window.count[answer.kind]++;
		if (window.answers.length < KEPT) {
			window.answers.push(answer);
		}
	}

	dispose(): void {
		for (const { end } of this.windows.values()) {
			end.dispose();
		}
		this.windows.clear();
	}

	private open(id: string, length: number): void {
		const end = this.clock.schedule(length, () => {
			this.close(id);
		});
		this.windows.set(id, { length, answers: [], count: { ...NONE }, end });
	}

	private close(id: string): void {
		const window = this.windows.get(id);
		this.windows.delete(id);
		if (window === undefined || window.answers.length === 0) {
			return;
		}
		this.open(id, Math.min(window.length * 2, LONGEST_MS));
		this.tell({ answers: window.answers, count: window.count, over: window.length });
	}
}

const NONE = { quarantined: 0, withheld: 0 };
