import { addressesBehind, classOfHost, isMetadataHost } from '../policy/hostClass';

/**
 * True when a document may be fetched from an address (RFC-003 §9.7, identity.md §4.3): a public one, or also one of a private
 * network or of this machine where the person said so of the origin. INVARIANT: never link-local, never a cloud's metadata service,
 * never an address that stands for another which may not be asked. `address` is what a resolver gave; what is no plain address
 * (a name, a zone, a short form) is none.
 */
export function mayFetchFrom(address: string, privateAddresses: boolean): boolean {
	const host = hostOf(address);
	// `::1` is no IPv4 address in disguise, although it is written like one.
	const behind = host === undefined || host === '[::1]' ? [] : addressesBehind(host);
	return host !== undefined && [host, ...behind].every(each => mayAsk(each, privateAddresses));
}

function mayAsk(host: string, privateAddresses: boolean): boolean {
	const where = isMetadataHost(host) || isReserved(host) ? 'link-local' : classOfHost(host);
	return where === 'public' || (privateAddresses && (where === 'private' || where === 'loopback'));
}

/** Nothing that is meant to be asked: multicast, `0.0.0.0/8`, class E, 6to4 relays, local NAT64, documentation of RFC 9637. */
function isReserved(host: string): boolean {
	return host.startsWith('[')
		? /^\[(?:::\]|ff|64:ff9b:1:|3fff:0?[0-9a-f]{0,3}:)/.test(host)
		: /^(?:0|22[4-9]|2[3-5]\d)\.|^192\.88\.99\./.test(host);
}

/** As a URL writes it; undefined for what is no address in full. */
function hostOf(address: string): string | undefined {
	const v4 = /^\d{1,3}(?:\.\d{1,3}){3}$/.test(address);
	if (!v4 && !/^(?=.*:)[0-9a-fA-F:.]{2,45}$/.test(address)) {
		return undefined;
	}
	try {
		const { hostname } = new URL(v4 ? `https://${address}/` : `https://[${address}]/`);
		return v4 && hostname !== address ? undefined : hostname;
	} catch {
		return undefined;
	}
}
