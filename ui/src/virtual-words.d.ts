// The two parts of the catalogue, as vite.config.ts makes them.

declare module 'virtual:words/first' {
  const text: string;
  export default text;
}

declare module 'virtual:words/rest' {
  const text: string;
  export default text;
}
