import { quoteForPerson } from './quote';

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
	const same =
		address.host === server ? '' : `, which is another host than the server's (${quoteForPerson(server, 253)})`;
	return (
		`MCP Firewall: “${quoteForPerson(serverName, 60)}” wants you to sign in at ${host}${same}. ` +
		'The browser opens when you say so; what you are given there is kept in secret storage and sent to this server only.'
	);
}
