using System.Globalization;

namespace PgmCluster.Benchmarks.Proofs;

/// <summary>Sizes of proofs, given as environment variables.</summary>
internal static class ProofSettings
{
    /// <exception cref="ArgumentException">The variable is no number from <paramref name="least"/> on.</exception>
    public static int Number(string variable, int otherwise, int least = 0)
    {
        if (Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } text) return otherwise;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least ? number
            : throw new ArgumentException($"{variable} is '{text}': give a number from {least} on.");
    }
}
