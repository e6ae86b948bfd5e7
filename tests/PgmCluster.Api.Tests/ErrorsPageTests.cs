using System.Text.Json;
using System.Text.RegularExpressions;
using PgmCluster.Api.Errors;
using PgmCluster.Contracts.Errors;
using PgmCluster.TestSupport;

namespace PgmCluster.Api.Tests;

/// <summary>The page of the API knows every code of an error, with its status.</summary>
public sealed partial class ErrorsPageTests
{
    /// <summary>What is wrong before any grain is asked: the request as such, or who sends it.</summary>
    private static readonly string[] s_ofRequests = ["http", "unauthenticated"];

    [Fact]
    public void Table_HasEveryCode_Once_WithItsStatus()
    {
        var rows = Row().Matches(File.ReadAllText(Path.Combine(RepositoryRoot.Path, "deploy", "docs", "api.md")))
            .SelectMany(row => Code().Matches(row.Groups[1].Value).Select(code => (Code: code.Groups[1].Value, Statuses: row.Groups[2].Value)))
            .ToList();

        var codes = Enum.GetValues<PgmErrorCode>();
        Assert.Equal(codes.Select(NameOf).Concat(s_ofRequests).Order(), rows.Select(r => r.Code).Order());
        Assert.All(codes, code => Assert.Equal($"{Problems.StatusOf(code)}", rows.Single(r => r.Code == NameOf(code)).Statuses));
    }

    private static string NameOf(PgmErrorCode code) => JsonNamingPolicy.CamelCase.ConvertName($"{code}");

    [GeneratedRegex(@"^\| (`\w+`(?:, `\w+`)*) \| ([\d, ]+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"`(\w+)`")]
    private static partial Regex Code();
}
