using PgmCluster.Data.Safetensors;
using PgmCluster.Modeling.Tokenizer;
using PgmCluster.Modeling.Weights;
using PgmCluster.TestSupport;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Golden;

[Trait("Category", "Golden")]
public class VqTokenizerGoldenTests() : VqTokenizerGolden(GoldenDevice.Cpu)
{
    [Theory, MemberData(nameof(Tokenizers))]
    public void StateDict_Tokenizer_HasReferenceLayout(string name)
    {
        using var model = new VqTokenizer(VqConfig.Read(GoldenFiles.Json($"vq_tiny/{name}.config.json")), seed: null);
        var expected = GoldenFiles.Json($"vq_tiny/{name}.state_layout.json").EnumerateArray()
            .Select(
                e => $"{e.GetProperty("name").GetString()} "
                + $"[{string.Join(',', e.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64()))}]");
        Assert.Equal(expected, StateDict.Of(model).Entries.Select(e => $"{e.Name} [{string.Join(',', e.Tensor.shape)}]"));
    }
}

public abstract class VqTokenizerGolden(GoldenDevice device)
{
    protected Device Device { get; } = device.Require();

    public static TheoryData<string> Tokenizers()
    {
        var data = new TheoryData<string>();
        foreach (var file in GoldenData.Files("vq_tiny").Where(f => f.EndsWith(".config.json", StringComparison.Ordinal)))
            data.Add(file[..^".config.json".Length]);
        if (data.Count == 0) data.Add("(none)");
        return data;
    }

    [Theory, MemberData(nameof(Tokenizers))]
    public void Evaluate_Tokenizer_MatchesReference(string name)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var model = Filled(name, Device);
        using var golden = GoldenFiles.Open($"vq_tiny/{name}.eval.safetensors");
        var x = golden.On(Device, "x");
        GoldenFiles.Close(golden.On(Device, "encoder_pre_quant_conv"), model.Encode(x), what: "encoder");
        GoldenFiles.Close(golden.On(Device, "h"), model.Latents(x), what: "latents");
        var quantized = model.Quantizer.Forward(golden.On(Device, "h"));
        GoldenFiles.Close(golden.On(Device, "distances"), model.Quantizer.Distances(golden.On(Device, "h")), what: "distances");
        GoldenFiles.Close(golden.On(Device, "quantized"), quantized.Values, what: "quantized");
        GoldenFiles.Equal(golden.On(Device, "codes"), model.Tokenize(x), "codes");
        GoldenFiles.Close(golden.On(Device, "decoded"), model.Decode(golden.On(Device, "codes")), what: "decoded");
        GoldenFiles.Close(
            golden.On(Device, "random_codes_entry"), model.Quantizer.Entries(golden.On(Device, "random_codes")), what: "entries");
        GoldenFiles.Close(
            golden.On(Device, "random_codes_decoded"), model.Decode(golden.On(Device, "random_codes")), what: "random codes decoded");
    }

    [Theory, MemberData(nameof(Tokenizers))]
    public void Loss_Tokenizer_MatchesReferenceWithGradients(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Filled(name, Device);
        using var golden = GoldenFiles.Open($"vq_tiny/{name}.train.safetensors");
        var loss = model.Loss(golden.On(Device, "x"));
        loss.Total.backward();
        GoldenFiles.Close(golden.On(Device, "decoded"), loss.Decoded, what: "decoded");
        GoldenFiles.Close(golden.On(Device, "recon_loss").squeeze(), loss.Reconstruction, 1e-5, 1e-5, "reconstruction");
        GoldenFiles.Close(golden.On(Device, "vq_loss").squeeze(), loss.Vq, 1e-5, 0, "vq");
        GoldenFiles.Close(golden.On(Device, "commit_loss").squeeze(), loss.Commit, 1e-5, 0, "commit");
        GoldenFiles.Close(golden.On(Device, "entropy_loss").squeeze(), loss.Entropy, 1e-5, 1e-5, "entropy");
        GoldenFiles.Close(golden.On(Device, "total_loss").squeeze(), loss.Total, 1e-5, 1e-5, "total");

        model.Quantizer.RecordUsage(loss.Codes);
        var tail = golden.On(Device, "codebook_used_tail");
        GoldenFiles.Equal(tail, model.Quantizer.Used.narrow(0, VectorQuantizer.UsageWindow - tail.shape[0], tail.shape[0]), "usage buffer");

        var names = GoldenFiles.Json($"vq_tiny/{name}.grad_digest_names.json").EnumerateArray().Select(n => n.GetString()!).ToArray();
        var state = StateDict.Of(model);
        var (digest, head) = (golden.On(Device, "grad_digest"), golden.On(Device, "grad_head"));
        for (var i = 0; i < names.Length; i++)
        {
            var gradient = state[names[i]].grad!.to_type(float64).flatten();
            var heads = (int)Math.Min(16, gradient.shape[0]);
            GoldenFiles.Close(head[i].narrow(0, 0, heads), gradient.narrow(0, 0, heads), 2e-4, 1e-3, names[i]);
            GoldenFiles.Close(digest[i][1], gradient.norm(), 2e-4 * Math.Sqrt(gradient.shape[0]), 1e-3, names[i] + " norm");
        }
        if (!GoldenData.TryFind($"vq_tiny/{name}.grads.safetensors", out var path)) return;
        using var full = SafetensorsFile.Open(path);
        foreach (var entry in full.Entries) GoldenFiles.Close(full.Tensor(entry.Name), state[entry.Name].grad!, 2e-4, 1e-3, entry.Name);
    }

    /// <summary>Weights by the formula of the golden data, checked against its digests.</summary>
    internal static VqTokenizer Filled(string name, Device device)
    {
        var config = GoldenFiles.Json($"vq_tiny/{name}.config.json");
        var model = new VqTokenizer(VqConfig.Read(config), seed: null, device);
        var state = StateDict.Of(model);
        FormulaWeights.Fill(state,
            config.TryGetProperty("fill_gain", out var gain) ? gain.GetDouble() : 1.5,
            config.TryGetProperty("fill_phase", out var phase) ? phase.GetDouble() : 0);
        using var golden = GoldenFiles.Open($"vq_tiny/{name}.eval.safetensors");
        var names = GoldenFiles.Json($"vq_tiny/{name}.digest_names.json").EnumerateArray().Select(n => n.GetString()!).ToArray();
        using var scope = NewDisposeScope();
        var head = golden.Tensor("state_head");
        for (var i = 0; i < names.Length; i++)
        {
            var flat = state[names[i]].detach().to_type(float64).flatten();
            var heads = (int)Math.Min(16, flat.shape[0]);
            GoldenFiles.Close(head[i].narrow(0, 0, heads), flat.narrow(0, 0, heads), 1e-7, 1e-6, names[i]);
        }
        return model;
    }
}
