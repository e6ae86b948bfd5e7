namespace PgmCluster.Api.Errors;

/// <summary>What went wrong, as RFC 9457 has it.</summary>
/// <param name="Type">"urn:pgm:error:" and the code.</param>
/// <param name="Title">The code in words.</param>
/// <param name="Status">The answer's status.</param>
/// <param name="Detail">One line: what was attempted, what was found, what to do.</param>
/// <param name="Code">
/// Stable, for programs that decide by it: "invalid", "notFound", "conflict", "notReady", "unavailable", "denied", "failed" and
/// "internal" as in <see cref="Contracts.Errors.PgmErrorCode"/>, "unauthenticated", and "http" for what is wrong with the request as such.
/// </param>
internal sealed record ProblemBody(string Type, string Title, int Status, string Detail, string Code);
