/** Rendered for each request, so that the policy's nonce is new each time. */
export const dynamic = "force-dynamic";

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
