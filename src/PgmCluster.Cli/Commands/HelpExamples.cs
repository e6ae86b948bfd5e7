using System.CommandLine;

namespace PgmCluster.Cli.Commands;

/// <summary>The examples that <c>--help</c> ends with: whole command lines, which follow one pipeline under the same names.</summary>
internal static class HelpExamples
{
    /// <summary>So many of its commands' examples a group of commands shows.</summary>
    private const int MostOfAGroup = 3;

    /// <summary>One a line; what follows a '#' says what it does. A command's own stand together, the most usual first.</summary>
    private const string All = """
        pgm quickstart                                   # pictures to generated pictures: minutes on two cores
        pgm quickstart --data photos --out pgm-photos    # of your own pictures, a folder for each class
        pgm up --home ~/.pgm                             # a silo on this machine that other commands use
        pgm up --devices cpu:0 --api-port 8090           # dashboard and HTTP API at a port of your choice
        pgm dataset add fashion deploy/sample-data/fashion-mnist --validation 1000
        pgm dataset add photos "https://example.org/photos-{000..127}.tar"
        pgm dataset list
        pgm dataset show fashion --grid fashion.png
        pgm dataset remove fashion
        pgm dataset pull timm/imagenet-1k-wds --split train
        pgm dataset statistics imagenet --features inception --size 256 --split validation
        pgm tokenize tokens --dataset fashion --tokenizer tok
        pgm tokenize held --dataset fashion --tokenizer tok --split validation --preview held.png
        pgm tokens import tokens extracted --tokenizer tok --dataset fashion
        pgm tokens export tokens extracted
        pgm train tok --preset tokenizer-fashion --dataset fashion --set training.steps=900
        pgm train judge --preset classifier-fashion --dataset fashion
        pgm train model --preset pgm-fashion --tokens tokens --workers 1..4 --detach
        pgm sample pictures --model model --classes 0,3,9 --per-class 4 --guidance 2 --out pictures.png
        pgm sample boots --model model --class "Ankle boot" --steps 32 --seed 7
        pgm evaluate scores --model model --classifier judge
        pgm evaluate bits --likelihood --model model --tokens held
        pgm model pull FoundationVision/LlamaGen vq_ds8_c2i.pt
        pgm pull imagenet-256-vq8                        # ImageNet, a tokenizer and Inception's weights
        pgm inception pull
        pgm runs list --kind Training --phase Running
        pgm runs list --label project=shoes --all
        pgm runs watch model
        pgm runs show model --json
        pgm runs events model                            # deaths, gangs and recoveries, as they came
        pgm runs compare model other                     # what their specifications say differently, and what came of it
        pgm runs cancel model
        pgm runs cancel --label project=shoes --dry-run  # lists what it would stop
        pgm runs pause model
        pgm runs resume model --detach
        pgm runs resize model --workers 1..4
        pgm runs delete model
        pgm runs delete --older-than 30 --phase Failed
        pgm runs keep model                              # whatever the rules of retention say
        pgm runs tensorboard model --out curves
        pgm lineage pictures --svg lineage.svg
        pgm workers
        pgm queue --limit 20
        pgm checkpoint inspect images_pgm_12_12_100epochs.ckpt
        pgm checkpoint export model --out model.pth
        pgm checkpoint import vq_ds8_c2i.pt --preset vq-8 --out vq-8.safetensors
        pgm store check
        pgm store gc --dry-run
        pgm store usage
        pgm home backup /backups/monday --with-artifacts
        pgm home restore /backups/monday --home /data/pgm
        pgm home move --home ~/.pgm --to-database-file /etc/pgm/connection-string
        pgm tls init
        pgm tls issue portal --role service
        pgm tls renew portal
        pgm tls show
        pgm keys add ann --role submitter
        pgm keys list
        pgm keys remove ann
        pgm presets
        pgm presets keys pgm-fashion
        pgm presets suggest --dataset photos --minutes 30
        pgm config show pgm-12-12 --set training.batchSize=64
        pgm speed --models pgm-12-12,maskgit --guidance 3
        pgm study --plan                                 # what there is to do, and how long it takes
        pgm study --part report --out study
        pgm estimate imagenet-256-vq8 --devices 8,64
        pgm doctor
        pgm doctor --device cuda:0 --full                # measures the devices, too
        pgm support --out support.tar.gz
        pgm completion bash
        pgm completion words -- runs sh                  # as the script for bash asks
        """;

    /// <summary>Those of a command; of a group of commands some of those of its commands.</summary>
    /// <param name="root">All commands.</param>
    /// <param name="command">One of them.</param>
    public static IReadOnlyList<string> Of(Command root, Command command)
    {
        var examples = All.Split('\n').Select(line => (Line: line, Path: Path(root, line))).Where(e => e.Path.Contains(command)).ToList();
        var own = examples.Where(e => e.Path[^1] == command).Select(e => e.Line).ToList();
        return own.Count > 0 ? own : [.. examples.DistinctBy(e => e.Path[^1]).Take(MostOfAGroup).Select(e => e.Line)];
    }

    /// <summary>The commands whose names an example begins with.</summary>
    private static List<Command> Path(Command root, string example)
    {
        List<Command> path = [root];
        foreach (var word in example.Split(' ').Skip(1))
        {
            if (path[^1].Subcommands.FirstOrDefault(c => c.Name == word) is not { } child) break;
            path.Add(child);
        }
        return path;
    }
}
