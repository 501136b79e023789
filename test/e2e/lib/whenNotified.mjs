import { patience } from './wait.mjs';

/** When the page first draws a notification saying `text`, in milliseconds since 1970; looks from the moment of the call. */
export function whenNotified({ page }, text) {
	return page.evaluate(
		({ wanted, ms }) =>
			new Promise((resolve, reject) => {
				const look = () => {
					const all = document.querySelectorAll('.notification-list-item-message');
					if (![...all].some(item => item.textContent.includes(wanted))) return;
					observer.disconnect();
					resolve(Date.now());
				};
				const observer = new window.MutationObserver(look);
				observer.observe(document.body, { childList: true, subtree: true, characterData: true });
				setTimeout(() => reject(new Error(`No notification says ${wanted}`)), ms);
			}),
		{ wanted: text, ms: patience },
	);
}
