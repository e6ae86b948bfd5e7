using System.CommandLine;
using System.Text;
using PgmCluster.Cli.Commands;
using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.TestSupport;

namespace PgmCluster.Cli.Tests.Commands;

/// <summary>The command line is an interface: what it offers changes only together with the approved list.</summary>
public sealed class ApprovedCliTests
{
    [Fact]
    public void Build_AllCommands_EqualTheApprovedList()
    {
        var approvedPath = Path.Combine(RepositoryRoot.Path, "tests", "PgmCluster.Cli.Tests", "approved-cli.txt");
        var actual = new StringBuilder();
        Describe(CommandLineApp.Build(CliEnvironment.OfProcess(new FakeCluster())), "pgm", actual);

        var approved = File.ReadAllText(approvedPath);
        if (approved != actual.ToString()) File.WriteAllText(Path.Combine(AppContext.BaseDirectory, "received-cli.txt"), actual.ToString());

        Assert.Equal(approved, actual.ToString());
    }

    private static void Describe(Command command, string path, StringBuilder text)
    {
        text.Append(path);
        foreach (var argument in command.Arguments) text.Append($" {argument.Name}");
        text.Append('\n');
        foreach (var option in command.Options.OrderBy(o => o.Name, StringComparer.Ordinal))
        {
            if (option.Name is "--help" or "--version") continue;
            var value = option.ValueType == typeof(bool) ? "" : $" {option.HelpName}";
            var fallback = option is { HasDefaultValue: true } && option.ValueType != typeof(bool) ? $" = {option.GetDefaultValue()}" : "";
            text.Append(
                $"  {option.Name}{value}{(option.Required ? " (required)" : "")}{fallback}{(option.Recursive ? " (all commands)" : "")}\n");
        }
        foreach (var child in command.Subcommands) Describe(child, $"{path} {child.Name}", text);
    }
}
