import { describe, expect, it } from 'vitest';
import {
	DECISION_HEADER_KEY,
	decisionHeaderFor,
	keepDecisionHeader,
	originOf,
} from '../../../src/vscode/decisionHeader';

class Secrets {
	readonly all = new Map<string, string>();
	get(key: string): Promise<string | undefined> {
		return Promise.resolve(this.all.get(key));
	}
	store(key: string, value: string): Promise<void> {
		this.all.set(key, value);
		return Promise.resolve();
	}
}

const URL_OF = 'https://pdp.example.com/v1/data/mcp/authz';
const HEADER = { origin: 'https://pdp.example.com', name: 'Authorization', value: 'Bearer s3cret' };

describe('the header of the decision service', () => {
	it('goes to the service that it was set for', async () => {
		const secrets = new Secrets();
		expect(await decisionHeaderFor(secrets, URL_OF)).toBeUndefined();
		await keepDecisionHeader(secrets, HEADER);
		expect(await decisionHeaderFor(secrets, URL_OF)).toEqual(HEADER);
	});

	it.each([
		'https://pdp.example.com.evil.example/v1',
		'https://pdp.example.com:444/v1',
		'http://pdp.example.com/v1',
		'https://pdp.example.com@evil.example/',
		'not a url',
		'',
	])('goes nowhere else: %s', async url => {
		const secrets = new Secrets();
		await keepDecisionHeader(secrets, HEADER);
		expect(await decisionHeaderFor(secrets, url)).toBeUndefined();
	});

	it.each([
		'',
		'x',
		'{}',
		'[]',
		'{"name":"a","name":"b","origin":"c","value":"d"}',
		'{"name":1,"origin":"a","value":"b"}',
	])('what is stored and is no header is not taken for none: %s', async text => {
		const secrets = new Secrets();
		await secrets.store(DECISION_HEADER_KEY, text);
		await expect(decisionHeaderFor(secrets, URL_OF)).rejects.toThrow('no header');
	});

	it('has an origin where the address has one', () => {
		expect(originOf(URL_OF)).toBe(HEADER.origin);
		expect(originOf('file:///etc/passwd')).toBeUndefined();
	});
});
