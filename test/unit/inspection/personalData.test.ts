import { describe, expect, it } from 'vitest';
import { findPersonalData } from '../../../src/domain/inspection/personalData';
import { PERSONAL_DATA } from '../../../src/domain/policy/inspectionPolicy';
import { processorMs } from '../support/processorMs';

const found = (text: string, name?: string) =>
	findPersonalData(text, PERSONAL_DATA, name).map(({ kind, start, end }) => [kind, text.slice(start, end)]);

describe('C9: personal data by form and checksum', () => {
	it.each([
		['email', 'write to jo.miller+work@tides.co.uk today', 'jo.miller+work@tides.co.uk'],
		['phone', 'ring +44 20 7946 0958 at noon', '+44 20 7946 0958'],
		['phone', 'ring (212) 736-5000', '(212) 736-5000'],
		['phone', 'Tel. 0049 30 901820', '0049 30 901820'],
		['card', 'card 4012888888881881 exp 11/29', '4012888888881881'],
		['card', 'card 5105-1051-0510-5100', '5105-1051-0510-5100'],
		['iban', 'to GB82 WEST 1234 5698 7654 32, please', 'GB82 WEST 1234 5698 7654 32'],
		['iban', 'FR1420041010050500013M02606', 'FR1420041010050500013M02606'],
		['national-id', 'SSN 536-90-4399', '536-90-4399'],
		['national-id', 'DNI 12345678Z', '12345678Z'],
		['national-id', 'codice fiscale RSSMRA85T10A562S', 'RSSMRA85T10A562S'],
		['national-id', 'hetu 131052-308T', '131052-308T'],
		['national-id', 'CPF 529.982.247-25', '529.982.247-25'],
		['national-id', 'BSN 111222333', '111222333'],
	])('%s in "%s"', (kind, text, match) => {
		expect(found(text)).toEqual([[kind, match]]);
	});

	it('a name of a member says what bare digits are', () => {
		expect(found('111222333', 'bsn')).toEqual([['national-id', '111222333']]);
		expect(found('111222333', 'count')).toEqual([]);
	});

	it.each([
		'4012888888881882 fails Luhn, and DE89370400440532013001 fails its checksum',
		'order_id: 4012888888881881',
		'sha256:4012888888881881aa0b and 0.4012888888881881',
		'1700000000123 and 1700000000123456 and 20260504061501',
		'550e8400-e29b-41d4-a716-446655440000',
		'git clone git@github.com:tides/planner.git',
		'someone@example.com, noreply@tides.org and icon@2x.png',
		'npm i tide-tables@2.2.0 @tides/planner',
		'192.168.178.211:8080 and 10.0.0.1',
		'2026-05-04T06:00:01.123Z took 123.456-789',
		'commit 1f0c2bd35a5f19f7a3d3a7dfe5a3ac0a41b4cb11',
		'ISBN 978-3-16-148410-0, part 4500-1234-5678, SSN 000-12-3456',
		'const limits = [10000000, 25000000, 99999999];',
		'INSERT INTO stations VALUES (8443970, 42.3539, -71.0503)',
		'1234567890123456789012345678901234567890',
	])('nothing in "%s"', text => {
		expect(found(text)).toEqual([]);
	});

	it('takes linear time over hostile text', () => {
		const began = processorMs();
		for (const text of ['a@', '1 ', '4', '+1 ', 'A1', 'DE89 ', 'a.', '%40@a.']) {
			findPersonalData(text.repeat(100_000), PERSONAL_DATA);
		}
		expect(processorMs() - began).toBeLessThan(20_000);
	});
});
