import { hashOf } from './hashing';

/**
 * Words that play the same part in a sentence, whatever the wording: the model learns what follows what by class as well as
 * by word. Folded: lower case, Latin letters without marks. The order of the classes is part of the trained weights.
 */
const CLASSES: readonly string[] = [
	'you your yours yourself yourselves tu tus te usted ustedes vous votre vos ton ta tes du dein deine deinen ihr ihre ihren ihnen sie voce voces seu sua seus vuoi tuo tua je jij jouw uw ty twoj twoja ваш вы вам вас ты тебе твой siz sizin sen senin',
	'please kindly pls bitte favor favore plait prego alstublieft prosze пожалуйста lutfen molim vanligen prosim tolong hay vui',
	'answer respond reply say print output state repeat report tell explain describe compare list summarize summarise translate display speak mention name announce confirm responde responda repondez reponds antworte antworten beantworte beantworten rispondi odpowiedz ответь ответьте скажи скажите напечатай cevapla antwoord',
	'write create generate compose draft make design produce provide give prepare craft offer suggest recommend propose invent escribe escriba genera crea ecris ecrivez redige schreibe schreiben erstelle erstellen scrivi scrivere crie escreva napisz напиши напишите создай yaz schrijf skriv',
	'send forward transfer email mail post share upload submit transmit pay buy purchase order book reserve deliver invite schedule refund deposit withdraw wire publish broadcast leak exfiltrate export cc bcc envia envie enviar envoie envoyez transfere transferez sende senden schicke uberweise leite invia inviare invii trasferisci transfira wyslij przelej отправь отправьте перешли переведи gonder stuur skicka kirim',
	'delete remove erase wipe drop destroy purge cancel revoke disable deactivate terminate shutdown block suspend elimina elimine borra borrar supprime supprimez losche loschen entferne cancella exclua apague usun удали удалите sil verwijder radera',
	'modify update change alter edit replace insert add append include incorporate integrate adjust set assign grant enable unlock activate approve authorize allow increase decrease raise rename convert reset embed augment enhance expand incorporate fuse blend weave infuse absorb inject substitute convert encode rephrase rewrite modifica modifique cambia anade agrega modifie modifiez ajoute ajoutez andere andern fuge hinzufugen aggiungi altere adicione inclua zmien dodaj добавь измени ekle voeg',
	'find search retrieve get fetch obtain collect extract access read check verify review analyze analyse examine monitor scan look show view download copy locate gather assess evaluate inspect investigate identify query lookup track busca buscar lee lire lisez cherche suche suchen lies lesen zeige cerca leggi procure leia sprawdz przeczytaj найди покажи прочитай oku bul zoek lees',
	'run execute call invoke use launch start open perform conduct carry do implement apply follow complete proceed continue begin engage initiate trigger employ utilize maintain enforce secure protect safeguard optimize optimise coordinate supervise oversee administer visit click navigate go ejecuta ejecute utiliza usa abre execute executez utilise ouvrez fuhre rufe offne benutze verwende esegui apri usa execute abra uruchom otworz выполни выполните открой calistir uitvoeren',
	'ignore disregard forget override bypass skip stop neglect discard abandon cease halt pause overlook omit refrain avoid ignora ignore ignorez oublie oubliez olvida olvide ignoriere ignorieren vergiss dimentica esqueca ignoruj zapomnij игнорируй забудь unut negeer',
	'secret secretly silently quietly hide conceal hidden reveal disclose notify inform alert unnoticed covertly discreetly privately invisible suppress',
	'must should shall need needs required mandatory necessary always never ensure ought obligatory sure debe debes deve doit devez muss musst mussen sollst должен должны musisz moet',
	'instruction instructions prompt prompts directive directives command commands orders rule rules guideline guidelines task tasks mission assignment objective goal goals step steps action actions duty job instrucciones instruccion consignes anweisung anweisungen aufgabe istruzioni instrucoes tarea tache zadanie инструкции инструкция задание talimat',
	'ai assistant assistants agent agents llm llms model models chatbot bot gpt chatgpt claude copilot gemini asistente assistente assistent asystent ассистент модель yapay',
	'system admin administrator developer developers owner operator root security compliance official authorized supervisor manager policy verified protocol emergency urgent',
	'user users customer client human humans person reader usuario utilisateur benutzer nutzer utente utilizador пользователь пользователю kullanici gebruiker',
	'attention important urgently critical crucial vital imperative immediate immediately priority essential paramount asap warning notice alert importante wichtig achtung attenzione atencion uwaga внимание важно dikkat',
	'before after first then next following prior previous previously above earlier upcoming instead once while also additionally finally now today afterwards antes despues avant apres bevor nachdem zuerst prima dopo depois сначала потом przed once',
	'tool tools function functions api endpoint plugin server servers method parameter parameters argument arguments',
	'password passwords credential credentials key keys token tokens ssh env private confidential passphrase ssn pin seed wallet cookie cookies apikey api_key contrasena passwort mot motdepasse senha haslo пароль sifre',
	'what who where when which why how whose whom que quien cual donde cuando quel quelle qui ou was wer wo wann welche warum cosa chi dove qual quem onde co kto gdzie что кто где как почему какой kim nerede wat wie waar',
	'can could would will may might is are does did was were has puedes pueden peux pouvez kannst konnen puoi pode',
	'i me my mine we our us myself mi yo nous notre mon ich mir mich mein wir unser io meu nos я мне мой мы ben bana',
	'not dont don t no without none nothing nunca sin jamais sans nicht kein ohne mai senza nao sem nie bez не без',
	'money dollar dollars usd eur account accounts bank transaction transactions balance payment payments iban bitcoin btc paypal venmo card credit invoice price fund funds',
	'response responses replies summary message messages text texts document question questions content contents conversation data file files information email emails result results respuesta reponse antwort risposta resposta odpowiedz ответ',
	'it its this that these those them they esto esta este cela ceci dies diese das questo isso это',
	'fix build test tests compile configure refactor bump merge commit import return returns define deprecate support supports handle install deploy lint format upgrade release',
	'act pretend roleplay imagine simulate become role persona character mode jailbreak developer dan actua simula imagine stell finge',
	'friend team boss colleague manager dear hello hi hey thanks thank regards sincerely best',
];

/** Classes of words; 0 is no class. One more stands for e-mail addresses and links, one for names of functions. */
export const PLACE_CLASS = CLASSES.length + 1;
/** See {@link PLACE_CLASS}. */
export const NAME_CLASS = CLASSES.length + 2;
/** The class of words that ask politely. */
export const PLEASE = 2;
/** How many classes there are, 0 included. */
export const CLASS_COUNT = 32 + 1;

const SLOTS = 16_384;
const keys = new Int32Array(SLOTS);
const classes = new Uint8Array(SLOTS);

for (const [at, words] of CLASSES.entries()) {
	for (const word of words.split(' ')) {
		const hash = hashOf(word);
		let slot = hash & (SLOTS - 1);
		while (classes[slot] !== 0 && keys[slot] !== hash) {
			slot = (slot + 1) & (SLOTS - 1);
		}
		if (classes[slot] === 0) {
			keys[slot] = hash;
			classes[slot] = at + 1;
		}
	}
}

/** The class of the word with this {@link hashOf}. */
export function classOfWord(hash: number): number {
	let slot = hash & (SLOTS - 1);
	while (classes[slot] !== 0) {
		if (keys[slot] === hash) {
			return classes[slot] as number;
		}
		slot = (slot + 1) & (SLOTS - 1);
	}
	return 0;
}
