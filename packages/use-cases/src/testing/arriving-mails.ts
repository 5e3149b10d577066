/** What a sample speaks of: the notice and whom it was written to. */
export interface About {
  /** The agent in whose mailbox it arrives. */
  agent: string
  /** Whom the notice was written to. */
  customer: string
  /** Message-ID of the notice, with its angle brackets. */
  notice: string
  /** Tells samples of one kind apart. */
  own?: string
}

const crlf = (text: string) => Buffer.from(`${text.replace(/^\n/, '').replace(/\n/g, '\r\n')}\r\n`)
const returnedHeader = ({ agent, customer, notice }: About) => `Received: from cartera (unknown [203.0.113.9])
	by mx.agency.example (Postfix) with ESMTPSA id 4XyZ12
	for <${customer}>; Wed,  4 Mar 2026 14:02:11 +0000 (UTC)
From: "Diego, Cobranza" <${agent}>
To: <${customer}>
Message-ID: ${notice}
Subject: Sus cuentas por vencer
Date: Wed, 04 Mar 2026 14:02:10 +0000
Auto-Submitted: auto-generated
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8`

/** A report as Postfix writes it. `status` 4.x and `action` delayed are its notice that it goes on trying. */
export function postfixBounce(
  about: About,
  over: { status?: string; action?: 'failed' | 'delayed' | 'delivered'; diagnostic?: string } = {},
): Buffer {
  const { status = '5.1.1', action = 'failed', diagnostic = '550 5.1.1 <user>: Recipient address rejected: User unknown' } = over
  return crlf(`
Return-Path: <>
Delivered-To: ${about.agent}
Received: by mx.agency.example (Postfix)
	id 5D2A31F; Wed,  4 Mar 2026 14:02:14 +0000 (UTC)
Date: Wed,  4 Mar 2026 14:02:14 +0000 (UTC)
From: MAILER-DAEMON@mx.agency.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: ${about.agent}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="4XyZ12.1741096934/mx.agency.example"
Message-Id: <20260304140214.5D2A31F${about.own ?? ''}@mx.agency.example>

This is a MIME-encapsulated message.

--4XyZ12.1741096934/mx.agency.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.agency.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<${about.customer}>: host mail.shop.example[198.51.100.7] said: ${diagnostic}
    (in reply to RCPT TO command)

--4XyZ12.1741096934/mx.agency.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.agency.example
X-Postfix-Queue-ID: 4XyZ12
X-Postfix-Sender: rfc822; ${about.agent}
Arrival-Date: Wed,  4 Mar 2026 14:02:11 +0000 (UTC)

Final-Recipient: rfc822; ${about.customer}
Original-Recipient: rfc822;${about.customer}
Action: ${action}
Status: ${status}
Remote-MTA: dns; mail.shop.example
Diagnostic-Code: smtp; ${diagnostic}

--4XyZ12.1741096934/mx.agency.example
Content-Description: Undelivered Message
Content-Type: message/rfc822

${returnedHeader(about)}

Estimado cliente ...

--4XyZ12.1741096934/mx.agency.example--`)
}

/** A report as Exchange Online writes it: no original mail, its Message-ID only in References; folded fields; HTML for people. */
export const exchangeBounce = (about: About): Buffer =>
  crlf(`
Received: from AM0PR04MB1234.eurprd04.prod.outlook.example (2603:10a6:208::12)
	by DB9PR04MB5678.eurprd04.prod.outlook.example; Wed, 4 Mar 2026 14:02:20 +0000
MIME-Version: 1.0
From: <postmaster@shop.example>
To: <${about.agent}>
Date: Wed, 4 Mar 2026 14:02:20 +0000
Content-Type: multipart/report; report-type=delivery-status;
	boundary="=_exch"
X-MS-Exchange-Message-Is-Ndr:
Message-ID: <8a1f${about.own ?? ''}@AM0PR04MB1234.eurprd04.prod.outlook.example>
In-Reply-To: ${about.notice}
References: ${about.notice}
Subject: Undeliverable: Sus cuentas por vencer

--=_exch
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

<html><head><style>p { color: red }</style></head><body><p>Your message to <b>${about.customer}</b> couldn't be delivered.</p>
<p>The address wasn't found at shop.example.</p></body></html>

--=_exch
Content-Type: message/delivery-status

Reporting-MTA: dns;AM0PR04MB1234.eurprd04.prod.outlook.example
Received-From-MTA: dns;mx.agency.example
Arrival-Date: Wed, 4 Mar 2026 14:02:18 +0000

Final-Recipient: rfc822;${about.customer}
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient
 ${about.customer} not found by SMTP address lookup

--=_exch--`)

/** A report as Gmail writes it. */
export const gmailBounce = (about: About): Buffer =>
  crlf(`
Return-Path: <>
From: Mail Delivery Subsystem <mailer-daemon@googlemail.example>
To: ${about.agent}
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
References: ${about.notice}
In-Reply-To: ${about.notice}
X-Failed-Recipients: ${about.customer}
Message-ID: <67c70a14.050a0220${about.own ?? ''}@mx.google.example>
Date: Wed, 04 Mar 2026 06:02:28 -0800 (PST)
MIME-Version: 1.0
Content-Type: multipart/report; boundary="0000000000002f6a9c06"; report-type=delivery-status

--0000000000002f6a9c06
Content-Type: multipart/related; boundary="0000000000002f6aa106"

--0000000000002f6aa106
Content-Type: multipart/alternative; boundary="0000000000002f6aa206"

--0000000000002f6aa206
Content-Type: text/plain; charset="UTF-8"

** Address not found **

Your message wasn't delivered to ${about.customer} because the address couldn't be found, or is unable to receive mail.

The response from the remote server was:
550 5.1.1 The email account that you tried to reach does not exist.

--0000000000002f6aa206
Content-Type: text/html; charset="UTF-8"

<html><body><h3>Address not found</h3></body></html>

--0000000000002f6aa206--

--0000000000002f6aa106--

--0000000000002f6a9c06
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.example
Arrival-Date: Wed, 04 Mar 2026 06:02:27 -0800 (PST)
X-Original-Message-ID: ${about.notice}

Final-Recipient: rfc822; ${about.customer}
Action: failed
Status: 5.1.1
Remote-MTA: dns; gmail-smtp-in.l.google.example. (142.250.0.26, the server for the domain.)
Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist.
Last-Attempt-Date: Wed, 04 Mar 2026 06:02:28 -0800 (PST)

--0000000000002f6a9c06
Content-Type: message/rfc822

${returnedHeader(about)}

--0000000000002f6a9c06--`)

/** An Exim of the old kind: one plain text, the failed address in a header. */
export const eximBounce = (about: About): Buffer =>
  crlf(`
Return-path: <>
Received: from Debian-exim by smarthost.example with local (Exim 4.69)
	id 1tpVxQ-0004Kc-2a
	for ${about.agent}; Wed, 04 Mar 2026 14:02:30 +0000
X-Failed-Recipients: ${about.customer}
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@smarthost.example>
To: ${about.agent}
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1tpVxQ-0004Kc-2a${about.own ?? ''}@smarthost.example>
Date: Wed, 04 Mar 2026 14:02:30 +0000

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  ${about.customer}
    SMTP error from remote mail server after RCPT TO:<${about.customer}>:
    host mail.shop.example [198.51.100.7]: 550 No such user here

------ This is a copy of the message, including all the headers. ------

Return-path: <${about.agent}>
${returnedHeader(about)}

Estimado cliente ...`)

/** qmail writes a letter and puts the whole mail below. */
export const qmailBounce = (about: About): Buffer =>
  crlf(`
Return-Path: <>
Delivered-To: ${about.agent}
Received: (qmail 21234 invoked for bounce); 4 Mar 2026 14:02:31 -0000
Date: 4 Mar 2026 14:02:31 -0000
From: MAILER-DAEMON@old.example
To: ${about.agent}
Subject: failure notice
Message-Id: <21234.qmail${about.own ?? ''}@old.example>

Hi. This is the qmail-send program at old.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<${about.customer}>:
198.51.100.7 does not like recipient.
Remote host said: 550 5.1.1 sorry, no mailbox here by that name.
Giving up on 198.51.100.7.

--- Below this line is a copy of the message.

Return-Path: <${about.agent}>
${returnedHeader(about)}

Estimado cliente ...`)

/** An answer by a person, as phones write it. */
export const reply = (about: About, over: { text?: string; subject?: string; headers?: string; html?: string } = {}): Buffer =>
  crlf(`
Return-Path: <${about.customer}>
From: =?UTF-8?Q?Luc=C3=ADa_P=C3=A9rez?= <${about.customer}>
To: ${about.agent}
Subject: ${over.subject ?? 'Re: Sus cuentas por vencer'}
Message-ID: <reply-${about.own ?? '1'}@shop.example>
In-Reply-To: ${about.notice}
References: ${about.notice}
Date: Wed, 4 Mar 2026 10:15:00 -0500
MIME-Version: 1.0
${over.headers === undefined ? '' : `${over.headers}\n`}Content-Type: text/${over.html === undefined ? 'plain' : 'html'}; charset="UTF-8"

${over.html ?? over.text ?? 'Buenos días, pagamos el viernes.\n\n> Estimado cliente ...'}`)

/** Out of office, in Spanish or English, with the header that says so, or by its subject alone. */
export const autoReply = (
  about: About,
  by: 'auto-submitted' | 'subject-es' | 'subject-en' | 'precedence' | 'x-autoreply',
): Buffer =>
  reply(about, {
    text: 'Estoy fuera de la oficina hasta el lunes. / I am out of the office until Monday.',
    subject:
      by === 'subject-es'
        ? 'Respuesta automática: Sus cuentas por vencer'
        : by === 'subject-en'
          ? 'Out of Office: Sus cuentas por vencer'
          : 'Re: Sus cuentas por vencer',
    ...(by === 'auto-submitted' ? { headers: 'Auto-Submitted: auto-replied (vacation)' } : {}),
    ...(by === 'precedence' ? { headers: 'Precedence: bulk' } : {}),
    ...(by === 'x-autoreply' ? { headers: 'X-Autoreply: yes' } : {}),
  })

/** A mail that has nothing to do with notices. */
export const privateMail = (about: Pick<About, 'agent' | 'own'>): Buffer =>
  crlf(`
From: Marta <marta@family.example>
To: ${about.agent}
Subject: La cena del sábado
Message-ID: <private-${about.own ?? '1'}@family.example>
Date: Wed, 4 Mar 2026 09:00:00 -0500

Nos vemos a las ocho.`)
