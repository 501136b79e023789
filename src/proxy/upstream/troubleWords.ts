import { inEnglish, type Phrase, phrase, readPhrase } from '../../base/phrase';

/** What goes wrong with a server by URL. The client is told in English, by an error; nothing that a server said is in it. */
export const TROUBLE = {
	noAnswer: phrase('The server ended its response without an answer.'),
	brokenOff: phrase('The connection to the server broke before its answer.'),
	tooLarge: phrase('The server sent a message over the size limit.'),
	silent: phrase('The server fell silent before its answer.'),
	other: phrase('The server answered with something else.'),
	otherKind: phrase('The server answered neither with JSON nor with an event stream.'),
	tooMany: phrase('Too many requests to the server are open.'),
	session: phrase('The server names a session by what cannot be sent back.'),
	otherOrigin: phrase('The server names an address of another origin for its messages, which is not followed.'),
	noAddress: phrase('The server opened a stream but named no address for messages.'),
	unreachable: phrase('The server cannot be reached.'),
	untrusted: phrase(
		'The certificate of the server cannot be trusted: it is self-signed, expired, or for another name. Nothing was sent.',
	),
	broken: phrase('The connection to the server broke; whether it acted on the request is not known.'),
	tooSlow: phrase('The server did not answer in time.'),
	redirected: phrase('The server redirects to another address, which is not followed.'),
	aborted: phrase('The request was cancelled.'),
	unsendable: phrase('The request holds a header that cannot be sent.'),
	wantsSignIn: phrase(
		'The server asks for a sign-in (HTTP 401). Give it credentials in a header, or sign in where that is offered.',
	),
	refuses: phrase('The server refuses access (HTTP 403).'),
	busy: phrase('The server takes no more requests for now (HTTP 429).'),
	wantsAgain: phrase('The server goes on asking for another sign-in.'),
	wantsRights: phrase('The server goes on asking for rights that it was given.'),
	notHttps: phrase('The sign-in leads to an address that is not https.'),
	otherRequest: phrase('The sign-in came back for another request.'),
	otherIssuer: phrase('The sign-in came back from another server.'),
	signInRefused: phrase('The sign-in was refused.'),
	signInFailed: phrase('Signing in at the server failed.'),
	signInUnreachable: phrase('The sign-in server cannot be reached.'),
	signInTooLarge: phrase('The sign-in server sent more than can be.'),
	noWayBack: phrase('A browser cannot be led back to this window.'),
	givenUp: phrase('The sign-in was given up.'),
	noBrowser: phrase('No browser was opened for the sign-in.'),
	declined: phrase('The sign-in at this server was declined. “MCP Firewall: Manage Credentials…” offers it again.'),
	otherWindow: phrase('Another window is signing in at this server. Try again when it is done.'),
} as const;

/** The same of a status for which there are no words of its own. */
export function statusPhrase(status: number | string): Phrase {
	return phrase('The server answered HTTP {0}.', status);
}

const TEXTS = [...Object.values(TROUBLE), statusPhrase(0)].map(({ text }) => text);

/** What the error of a request says, as a phrase again; undefined for what is a server's own. Attacker-controlled. */
export function troublePhrase(text: string): Phrase | undefined {
	const read = readPhrase(text, TEXTS);
	return read !== undefined && inEnglish(read) === text ? read : undefined;
}
