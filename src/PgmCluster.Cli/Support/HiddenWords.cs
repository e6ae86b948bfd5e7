using System.Data.Common;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace PgmCluster.Cli.Support;

/// <summary>Takes secrets out of texts that are to leave this machine: those that are known, and what stands where secrets stand.</summary>
internal sealed partial class HiddenWords
{
    private const string Hidden = "(hidden)";

    /// <summary>A shorter one stands in other words as well, which would be no less telling for being hidden.</summary>
    private const int ShortestWord = 4;

    private static readonly string[] s_passwords = ["Password", "Pwd", "SSL Password"];

    private readonly SortedSet<string> _known = new(Comparer<string>.Create(
        (a, b) => a.Length != b.Length ? b.Length.CompareTo(a.Length) : string.CompareOrdinal(a, b)));

    /// <summary>A word that is a secret, also as JSON and addresses have it.</summary>
    public void Add(string? word)
    {
        if (word is not { Length: >= ShortestWord }) return;
        _known.Add(word);
        _known.Add(JsonEncodedText.Encode(word, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).Value);
        _known.Add(JsonEncodedText.Encode(word).Value);
        _known.Add(Uri.EscapeDataString(word));
    }

    /// <summary>What is secret in a connection string; where it cannot be read, all of it.</summary>
    public void AddConnection(string connectionString)
    {
        try
        {
            var parts = new DbConnectionStringBuilder { ConnectionString = connectionString };
            foreach (var name in s_passwords)
            {
                if (parts.TryGetValue(name, out var value)) Add($"{value}");
            }
        }
        catch (ArgumentException)
        {
            Add(connectionString);
        }
    }

    /// <summary>Whether a variable of this name holds a secret, by the words that people use.</summary>
    public static bool IsSecret(string variable) => SecretName().IsMatch(variable);

    /// <summary>A text without them.</summary>
    public string HideIn(string text)
    {
        foreach (var word in _known) text = text.Replace(word, Hidden, StringComparison.Ordinal);
        text = Assigned().Replace(text, $"$1{Hidden}");
        text = Bearer().Replace(text, $"$1{Hidden}");
        return UserInfo().Replace(text, $"$1{Hidden}@");
    }

    [GeneratedRegex("PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIAL|_KEY$|ACCESS_KEY", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex SecretName();

    /// <summary>"Password=...", "\"secret\": \"...\"", "access_key: ...".</summary>
    [GeneratedRegex(
        "((?:password|passwd|pwd|secret|token|access_?key(?:_?id)?)\"?[ ]?[=:][ ]?)(?:\\\\?\"[^\"\\\\]*\\\\?\"|[^\\s;,\"\\\\&}]+)",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Assigned();

    [GeneratedRegex("(bearer )[A-Za-z0-9._~+/=-]+", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Bearer();

    /// <summary>"https://user:password@host".</summary>
    [GeneratedRegex("(://)[^/\\s@\"]+@", RegexOptions.NonBacktracking)]
    private static partial Regex UserInfo();
}
