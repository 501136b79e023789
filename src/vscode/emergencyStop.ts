import { Emitter } from '../base/event';
import { type StopSwitch } from '../firewall/ports';

/** Where the stop is remembered, so that a reload does not undo it. */
export interface StopMemory {
	get(): boolean;
	set(stopped: boolean): Thenable<void>;
}

/** The emergency stop: on until a person resumes. */
export class EmergencyStop implements StopSwitch {
	private readonly didStop = new Emitter<void>();
	private readonly didChange = new Emitter<boolean>();
	private on: boolean;

	readonly onDidStop = this.didStop.event;
	readonly onDidChange = this.didChange.event;

	constructor(private readonly memory: StopMemory) {
		this.on = memory.get();
	}

	get stopped(): boolean {
		return this.on;
	}

	/** Refuses from this very moment; what is remembered follows. */
	async stop(): Promise<void> {
		this.on = true;
		this.didStop.fire();
		this.didChange.fire(true);
		await this.memory.set(true);
	}

	async resume(): Promise<void> {
		this.on = false;
		this.didChange.fire(false);
		await this.memory.set(false);
	}
}
