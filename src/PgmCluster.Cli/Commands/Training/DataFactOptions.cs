using System.CommandLine;
using PgmCluster.Cli.Errors;
using PgmCluster.Execution.Specifications;

namespace PgmCluster.Cli.Commands.Training;

/// <summary>What a preset would take over from data, where there is none: by default ImageNet at 256 pixels in VQ-8 codes.</summary>
internal sealed class DataFactOptions
{
    private readonly Option<int> _classes = new("--classes")
    {
        Description = "Classes of the data",
        HelpName = "N",
        DefaultValueFactory = _ => 1000,
    };
    private readonly Option<int> _codebook = new("--codebook")
    {
        Description = "Entries of the tokenizer's codebook",
        HelpName = "N",
        DefaultValueFactory = _ => 16384,
    };
    private readonly Option<string> _grid = new("--grid")
    {
        Description = "Rows and columns of the code grid",
        HelpName = "HxW",
        DefaultValueFactory = _ => "32x32",
    };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _classes, _codebook, _grid }) command.Add(option);
    }

    /// <summary>Whether any of them is on the command line.</summary>
    public bool AreGiven(Invocation invocation) => new Option[] { _classes, _codebook, _grid }.Any(invocation.IsGiven);

    /// <exception cref="UsageException">The grid is not two whole numbers.</exception>
    public DataFacts Facts(Invocation invocation)
    {
        var grid = invocation.Get(_grid)!;
        var sides = grid.Split('x');
        if (sides.Length != 2 || !int.TryParse(sides[0], out var height) || !int.TryParse(sides[1], out var width) || height < 1
            || width < 1)
            throw new UsageException($"--grid '{grid}' is not rows and columns. Write it like --grid 32x32.");
        return new DataFacts { Classes = invocation.Get(_classes), Codebook = invocation.Get(_codebook), Height = height, Width = width };
    }
}
