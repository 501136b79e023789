import { quoteForPerson } from './quote';
import { say } from './say';

/** What a person is asked before a browser opens. */
export interface SignInQuestion {
	readonly serverName: string;
	/** Holds values of credentials: only its host is shown. */
	readonly serverUrl: string;
	/** Where the browser would go. Attacker-controlled. */
	readonly address: URL;
}

/** The question as one message; hosts are as DNS knows them (punycode), so that no look-alike letter hides one. */
export function signInText({ serverName, serverUrl, address }: SignInQuestion): string {
	const server = new URL(serverUrl).host;
	const host = quoteForPerson(address.host, 253);
	const name = quoteForPerson(serverName, 60);
	const wants =
		address.host === server
			? say('MCP Firewall: “{0}” wants you to sign in at {1}.', name, host)
			: say(
					"MCP Firewall: “{0}” wants you to sign in at {1}, which is another host than the server's ({2}).",
					name,
					host,
					quoteForPerson(server, 253),
				);
	return (
		`${wants} ` +
		say(
			'The browser opens when you say so; what you are given there is kept in secret storage and sent to this server only.',
		)
	);
}
