// The package brings no types of its own.
declare module 'mjml' {
  export default function mjml2html(
    source: string,
    options: { fonts: Record<string, string>; validationLevel: 'strict'; keepComments: boolean },
  ): Promise<{ html: string; errors: { formattedMessage: string }[] }>
}
