import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/base/json';
import { type WireMessage } from '../../../src/firewall/message';
import { type Forward, type ForwardOutcome } from '../../../src/firewall/ports';
import { wire } from './wire';

/** What the upstream does with a request. */
export type Behaviour = (message: WireMessage, signal: AbortSignal) => Promise<ForwardOutcome> | ForwardOutcome;

/** An upstream with a script, and the bytes that reached it. */
export class ScriptedUpstream {
	readonly sent: Uint8Array[] = [];
	private readonly once: Behaviour[] = [];
	private always: Behaviour = answering({ content: [{ type: 'text', text: 'done' }] });

	constructor(private readonly timeline: string[]) {}

	/** The texts that reached it. */
	get texts(): readonly string[] {
		return this.sent.map(bytes => Buffer.from(bytes).toString());
	}

	does(behaviour: Behaviour): void {
		this.always = behaviour;
	}

	answers(result: JsonValue): void {
		this.always = answering(result);
	}

	answersOnce(result: JsonValue): void {
		this.once.push(answering(result));
	}

	/** A whole response, `error` and all, instead of a result. */
	responds(response: JsonObject): void {
		this.always = message => responding(message, response);
	}

	forward(message: WireMessage): Forward {
		return async (signal, instead = message) => {
			this.sent.push(instead.bytes);
			this.timeline.push('sent');
			return (this.once.shift() ?? this.always)(instead, signal);
		};
	}
}

function answering(result: JsonValue): Behaviour {
	return message => responding(message, { result });
}

function responding(message: WireMessage, response: JsonObject): ForwardOutcome {
	const id = isJsonObject(message.value) ? (message.value.id ?? null) : null;
	return { kind: 'answered', message: wire({ jsonrpc: '2.0', id, ...response }) };
}
