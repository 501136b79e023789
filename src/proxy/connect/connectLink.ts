import { type Readable } from 'node:stream';
import { type Shape } from '../../firewall/message';

/** A message of the client, as it is handed to a link. */
export interface LinkMessage {
	/** The line, without its end. */
	readonly bytes: Uint8Array;
	/** Undefined for what is no message; the far side says what is wrong with it. */
	readonly shape: Exclude<Shape, { kind: 'invalid' }> | undefined;
	/** The revision that the message names in its `_meta`, where it is of the era without sessions (2026-07-28). */
	readonly revision: string | undefined;
}

/** What became of a message. */
export interface Handed {
	/** Resolves when the next message may follow without overtaking this one. Never rejects. */
	readonly sent: Promise<void>;
	/** `gone`: the link is of no use any more, and nobody has seen the message. Never rejects. */
	readonly taken: Promise<'taken' | 'gone'>;
}

/** What a link tells. Called in the order of arrival. */
export interface LinkListener {
	/** One message for the client, without line ends. While what it returns is pending, its source is not read. */
	message(bytes: Uint8Array): Promise<void> | undefined;
	/** A message is done with. `why` is there for a request that gets no answer any more: one sentence of ours. */
	settled(shape: LinkMessage['shape'], why?: string): void;
}

/** The way to the guarded server: a window's endpoint, or a gateway of our own. */
export interface Link {
	readonly kind: 'window' | 'headless';
	send(message: LinkMessage): Handed;
	/** Ends the session in good order. Never rejects. */
	close(): Promise<void>;
}

/** Starts a link. Rejects with `upstream-failed` when it cannot be had. */
export type OpenLink = (listener: LinkListener) => Promise<Link>;

/** Hands on what a source brings, no faster than it is taken. */
export function paced(source: Readable, take: LinkListener['message']): (bytes: Uint8Array) => void {
	return bytes => {
		const full = take(bytes);
		if (full !== undefined) {
			source.pause();
			void full.then(() => source.resume());
		}
	};
}
