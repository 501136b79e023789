import { type IdSource } from '../base/clock';
import { type Disposable } from '../base/disposable';
import { errorText } from '../base/errors';
import { Emitter } from '../base/event';
import { type Logger } from '../base/logger';
import { type StopSwitch } from '../firewall/ports';
import { type StopFile, type StopState } from '../storage/stopFile';

/** Where the editor itself remembers the stop: a second memory beside the file. */
export interface StopMemory {
	get(): boolean;
	set(stopped: boolean): Thenable<void>;
}

/** What the emergency stop needs. */
export interface EmergencyStopOptions {
	readonly memory: StopMemory;
	/** What all windows and other processes share. */
	readonly file: Pick<StopFile, 'state' | 'write' | 'onDidChange'>;
	readonly ids: Pick<IdSource, 'uuid'>;
	readonly logger: Logger;
}

/**
 * The emergency stop of every window of this person: on until a person resumes in one of them.
 *
 * INVARIANT: a stop is never lost. Each has an id, and a resume names the stops that it ends: one that was written in the same
 * moment by another window does not end a stop that its person did not know of; that stop is written again. Where file and
 * memory differ at the start, or the file is damaged or taken away later, all is stopped.
 */
export class EmergencyStop implements StopSwitch, Disposable {
	private readonly didStop = new Emitter<void>();
	private readonly didChange = new Emitter<boolean>();
	private readonly didHear = new Emitter<void>();
	private readonly known: Set<string>;
	private readonly subscription: Disposable;
	private on: boolean;

	readonly onDidStop = this.didStop.event;
	readonly onDidChange = this.didChange.event;
	/** Another window stopped all, or the file of the stop is not to be trusted. */
	readonly onDidHearStop = this.didHear.event;

	constructor(private readonly options: EmergencyStopOptions) {
		const { memory, file } = options;
		const state = file.state();
		this.on = memory.get() || state.kind === 'stopped' || state.kind === 'damaged';
		this.known = new Set(state.kind === 'stopped' ? state.stops : []);
		if (this.on && this.known.size === 0) {
			this.known.add(options.ids.uuid());
		}
		this.subscription = file.onDidChange(now => this.heard(now));
		const inFile = state.kind === (this.on ? 'stopped' : 'running');
		if (!inFile || memory.get() !== this.on) {
			this.keep(this.on, !inFile);
		}
	}

	get stopped(): boolean {
		return this.on;
	}

	/** Refuses from this very moment; what is remembered follows. Rejects where it cannot be remembered. */
	async stop(): Promise<void> {
		this.known.add(this.options.ids.uuid());
		try {
			this.halt();
		} finally {
			await this.remember(true, [...this.known]);
		}
	}

	/** Lets all windows go on. */
	async resume(): Promise<void> {
		const ended = [...this.known];
		this.release();
		await this.remember(false, ended);
	}

	dispose(): void {
		this.subscription.dispose();
		this.didStop.dispose();
		this.didChange.dispose();
		this.didHear.dispose();
	}

	private heard(state: StopState): void {
		switch (state.kind) {
			case 'stopped':
				state.stops.forEach(id => this.known.add(id));
				if (!this.on) {
					this.alarm();
					this.keep(true, false);
				}
				return;
			case 'running':
				if (this.on && [...this.known].every(id => state.resumed.includes(id))) {
					this.release();
					this.keep(false, false);
				} else if (this.on) {
					this.keep(true);
				}
				return;
			case 'missing':
			case 'damaged':
				this.options.logger.error(
					`The file of the emergency stop is ${state.kind}, so all servers are stopped.`,
				);
				this.known.add(this.options.ids.uuid());
				this.alarm();
				this.keep(true);
		}
	}

	/** Stops because somebody else did, or nobody knows. */
	private alarm(): void {
		const before = this.on;
		this.halt();
		if (!before) {
			this.didHear.fire();
		}
	}

	private halt(): void {
		const before = this.on;
		this.on = true;
		this.didStop.fire();
		if (!before) {
			this.didChange.fire(true);
		}
	}

	private release(): void {
		this.on = false;
		this.known.clear();
		this.didChange.fire(false);
	}

	private async remember(stopped: boolean, ids: readonly string[]): Promise<void> {
		const { memory, file } = this.options;
		await Promise.all([memory.set(stopped), file.write(stopped, ids)]);
	}

	/** Remembers without anybody waiting for it. */
	private keep(stopped: boolean, inFile = true): void {
		const { memory, file, logger } = this.options;
		const kept = [memory.set(stopped), ...(inFile ? [file.write(stopped, [...this.known])] : [])];
		Promise.all(kept).catch((error: unknown) => {
			logger.error(`The emergency stop could not be remembered: ${errorText(error)}`);
		});
	}
}
