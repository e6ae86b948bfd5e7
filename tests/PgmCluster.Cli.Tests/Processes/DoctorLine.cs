namespace PgmCluster.Cli.Tests.Processes;

/// <summary>One line of <c>pgm doctor</c>.</summary>
internal sealed record DoctorLine(string Subject, string State, string Found, string? Advice);
