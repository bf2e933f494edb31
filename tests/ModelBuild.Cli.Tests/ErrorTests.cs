using System.IO.Pipes;
using System.Text.Json;
using ModelBuild.Cli.CommandLine;
using ModelBuild.Cli.Output;
using ModelBuild.Cli.Tests.Support;

namespace ModelBuild.Cli.Tests;

/// <summary>What is wrong is said once, with its code, and the exit code says whose fault it is.</summary>
public sealed class ErrorTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Model_Missing_IsNamedWithACloseOne()
    {
        string near = _files.Write("lenet.onnx", [1]);

        await ToolCall.Fail(1, "MODELB0001", $"Did you mean '{near}'?", "inspect", Path.Combine(_files.Path, "lente.onnx"));
        await ToolCall.Fail(1, "MODELB0001", "is a folder", "inspect", _files.Path);
    }

    /// <summary>A program that reads the result is told in JSON why there is none, whatever the command.</summary>
    [Fact]
    public async Task Json_WithoutAResult_SaysWhy()
    {
        string missing = Path.Combine(_files.Path, "none.onnx");
        foreach (string[] command in (string[][])[["inspect"], ["run", "-o", _files.Path], ["bench"]])
        {
            ToolCall call = await ToolCall.Run([command[0], missing, .. command[1..], "--json"]);

            Assert.Equal(1, call.ExitCode);
            Assert.Equal(missing, call.Json.GetProperty("model").GetString());
            JsonElement finding = Assert.Single(call.Json.GetProperty("findings").EnumerateArray());
            Assert.Equal("MODELB0001", finding.GetProperty("code").GetString());
            Assert.Equal("error", finding.GetProperty("severity").GetString());
            Assert.Contains("MODELB0001", call.Error, StringComparison.Ordinal);
        }
    }

    /// <summary>The extension, which all have, brings no names together.</summary>
    [Fact]
    public async Task Model_Missing_NamesOneOnlyIfItIsClose()
    {
        _files.Write("small.onnx", [1]);

        ToolCall far = await ToolCall.Run("inspect", Path.Combine(_files.Path, "mlp.onnx"));
        Assert.Contains("MODELB0001", far.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Did you mean", far.Error, StringComparison.Ordinal);

        foreach (string near in (string[])["small", "small.onx", "Small.ONNX", "smal*.onnx"])
        {
            string file = Path.Combine(_files.Path, "small.onnx");
            await ToolCall.Fail(1, "MODELB0001", $"Did you mean '{file}'?", "inspect", Path.Combine(_files.Path, near));
        }
    }

    [Fact]
    public async Task Model_NoOnnx_IsSaid()
    {
        string model = _files.Write("text.onnx", "This is no model."u8);

        foreach (string[] command in (string[][])[["run", "-o", _files.Path], ["compile", "-o", _files.Path], ["bench"]])
        {
            await ToolCall.Fail(1, "MODELB1001", "is not an ONNX model", [command[0], model, .. command[1..]]);
        }
    }

    [Fact]
    public async Task Model_WithUnsupportedOperator_DoesNotRun() =>
        await ToolCall.Fail(1, "MODELB1003", "com.example.Frobnicate", "run", _files.Write("only.onnx", new OnnxGraph()
            .Input("x", 3).Node("com.example", "Frobnicate", "first", ["x"], ["y"]).Output("y", 3).ToModel(others: ("com.example", 1))),
            "-o", _files.Path);

    /// <summary>The disk that the output is redirected to is full: nobody's model is to blame, and no defect.</summary>
    [Fact]
    public async Task Output_ThatCannotBeWritten_IsNoDefect()
    {
        using var error = new StringWriter();
        int exitCode = await Tool.RunAsync(["inspect", Models.Lenet], new Terminal(new FullWriter(), error));

        Assert.Equal(1, exitCode);
        Assert.Contains(
            "error MODELB0018: The result cannot be written: No space left on device.", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MODELB4001", "'imput' is no input of model 'lenet.onnx'. The model's inputs are 'input'. Did you", "imput=good.npy")]
    [InlineData("MODELB4001", "no file for input 'input'. Add --input input=FILE.npy", "")]
    [InlineData("MODELB4001", "is given twice", "good.npy input=good.npy")]
    [InlineData("MODELB4002", "has elements of type int64, but input 'input' takes float32", "integers.npy")]
    [InlineData("MODELB4002", "cannot be read", "nowhere.npy")]
    [InlineData("MODELB4002", "is not in NumPy's .npy format", "text.npy")]
    [InlineData("MODELB4002", "is no .npz archive", "text.npz")]
    [InlineData("MODELB4003", "has the shape [1,28,28], but input 'input' takes [batch,1,28,28]. The batch is a dimension too", "flat.npy")]
    [InlineData("MODELB4003", "has the shape [1,1,28,27]", "narrow.npy")]
    [InlineData("MODELB4003", "It has no elements", "none.npy")]
    public async Task Run_InputThatDoesNotFit_SaysWhy(string code, string words, string inputs)
    {
        _files.Write("good.npy", NumpyFile.Float32([1, 1, 28, 28], new float[784]));
        _files.Write("flat.npy", NumpyFile.Float32([1, 28, 28], new float[784]));
        _files.Write("narrow.npy", NumpyFile.Float32([1, 1, 28, 27], new float[756]));
        _files.Write("none.npy", NumpyFile.Float32([0, 1, 28, 27]));
        _files.Write("integers.npy", NumpyFile.Int64([1, 1, 28, 28], new long[784]));
        _files.Write("text.npy", "This is no array."u8);
        _files.Write("text.npz", "This is no archive."u8);
        string[] given = [.. inputs.Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(i => new[] { "--input", InFolder(i) })];

        string output = Path.Combine(_files.Path, "out");
        await ToolCall.Fail(1, code, words, ["run", Models.Lenet, "--mode", "fp32", "--output", output, .. given]);
        Assert.False(Directory.Exists(output));
    }

    /// <summary>The parser takes the word for one more argument.</summary>
    [Fact]
    public async Task Switch_WithAWordThatIsNeitherTrueNorFalse_IsNamed()
    {
        string[] compile = ["compile", Models.Lenet, "-o", InFolder("out"), "--compress"];
        await ToolCall.Fail(
            2, "MODELB0032", "'ture' in --compress is neither true nor false. Write true to have weights stored entropy coded, or leave it "
                + "out. Did you mean 'true'?", [.. compile, "ture"]);
        await ToolCall.Fail(2, "MODELB0032", "'on' in --compress is not true or false, as the command line has it.", [.. compile, "on"]);
        await ToolCall.Fail(2, "MODELB0003", "'ture' in --mode is not a mode", [.. compile[..^1], "--mode", "ture", "--compress"]);
        await ToolCall.Fail(2, "", "'other'", ["compile", Models.Lenet, "other", "-o", InFolder("out"), "--compress"]);
    }

    [Fact]
    public async Task Npz_CutOff_IsSaidWithoutTheLibrarysWords()
    {
        using var archive = new MemoryStream();
        using (var zip = new System.IO.Compression.ZipArchive(archive, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true))
        {
            using Stream entry = zip.CreateEntry("input.npy").Open();
            entry.Write(NumpyFile.Float32([1, 1, 28, 28], new float[784]));
        }

        _files.Write("cut.npz", archive.ToArray()[..^30]);
        await ToolCall.Fail(
            1, "MODELB4002", "cut.npz' is no .npz archive, is damaged or ends too early. Save it again with numpy.savez.",
            "run", Models.Lenet, "-o", InFolder("out"), "-i", InFolder("cut.npz"));
    }

    [Fact]
    public async Task Preprocessing_OfNothing_IsWarnedOf()
    {
        ToolCall call = await ToolCall.Run("compile", Models.Lenet, "-o", InFolder("out"), "--preprocessing", "scale=1/255");
        Assert.Contains("warning MODELB0012: --preprocessing is ignored", call.Error, StringComparison.Ordinal);
        Assert.Contains("Set --calibration or --input-type uint8, or remove it.", call.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_SymbolOfTwoSizes_IsRefused()
    {
        string model = _files.Write("two.onnx", Models.TwoInputs());
        string left = _files.Write("left.npy", NumpyFile.Float32([2, 3], new float[6]));
        string right = _files.Write("right.npy", NumpyFile.Int64([1, 3], new long[3]));

        await ToolCall.Fail(
            1, "MODELB4003", "Dimension 'batch' is 2 in input 'left' and 1 in input 'right/side'",
            "run", model, "-o", _files.Path, "-i", $"left={left}", "-i", $"right/side={right}");
        await ToolCall.Fail(
            1, "MODELB4001", "does not say for which input it is",
            "run", model, "-o", _files.Path, "-i", left, "-i", $"right/side={right}");
    }

    [Fact]
    public async Task Run_IndexOutside_IsTheDatasFault()
    {
        string model = _files.Write("rows.onnx", Models.Rows());
        string rows = _files.Write("rows.npy", NumpyFile.Int64([1], 5));

        await ToolCall.Fail(1, "MODELB4004", "Gather", "run", model, "-i", rows, "-o", _files.Path);
        await ToolCall.Fail(1, "MODELB4004", "Gather", "compare", model, model, "-i", rows);
    }

    [Fact]
    public async Task Int8_WithoutCalibration_SaysHowToGiveIt() =>
        await ToolCall.Fail(
            1, "MODELB2001", "Set --calibration to files", "compile", Models.Lenet, "--mode", "int8", "--output", _files.Path);

    [Fact]
    public async Task Calibration_PatternsWithoutFiles_AreNamed()
    {
        ToolCall call = await ToolCall.Run(
            "compile", Models.Lenet, "-m", "int8", "-c", $"{Models.Calibration};nowhere/*.npz", "no?.npy", "-o", _files.Path);

        Assert.Equal(1, call.ExitCode);
        Assert.Contains("error MODELB0008: Calibration 'nowhere/*.npz' matches no file", call.Error, StringComparison.Ordinal);
        Assert.Contains("error MODELB0008: Calibration 'no?.npy' matches no file", call.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dimension_Unknown_ListsThoseOfTheModel() =>
        await ToolCall.Fail(1, "MODELB0006", "The model has 'batch'", "bench", Models.Lenet, "--dimension", "lenght=3");

    [Fact]
    public async Task Output_ThatCannotBeWritten_IsNamed()
    {
        string file = _files.Write("file", [1]);

        await ToolCall.Fail(1, "MODELB0018", "cannot be written", "compile", Models.Lenet, "--output", file);
    }

    [Theory]
    [InlineData("MODELB0003", "'fp31' in --mode is not a mode. Use fp32, ", "run x.onnx -o out --mode fp31")]
    [InlineData("MODELB0025", "'99' in --min-agreement is no part", "run x.onnx -o out --min-agreement 99")]
    [InlineData("MODELB0025", "'few' in --max-bytes is no number", "bench x.onnx --max-bytes few")]
    [InlineData("MODELB0006", "'length' in --dimension does not bind a dimension", "run x.onnx -o out --dimension length")]
    [InlineData("MODELB0006", "'length=0' in --dimension does not bind a dimension", "inspect x.onnx --dimension length=0")]
    [InlineData("MODELB0006", "'a=2' in --dimension does not bind a dimension", "inspect x.onnx --dimension a=1 --dimension a=2")]
    [InlineData("MODELB0005", "'class' in --class is not a name", "compile x.onnx -o out --class class")]
    [InlineData("MODELB0005", "'A.1' in --namespace is not a name", "compile x.onnx -o out --namespace A.1")]
    [InlineData("", "'--output' is required", "run x.onnx")]
    [InlineData("", "--threads takes whole numbers from 1 to 1024, not '0'.", "bench x.onnx --threads 0")]
    [InlineData("", "--threads takes whole numbers from 1 to 1024, not '1.5'.", "bench x.onnx --threads 1.5")]
    [InlineData("", "--seconds takes numbers from 0 to 86400, not 'long'.", "bench x.onnx --seconds long")]
    [InlineData("", "--warmup takes numbers from 0 to 86400, not '-1'.", "report x.onnx --warmup -1")]
    [InlineData("", "'--unknown'", "inspect x.onnx --unknown")]
    [InlineData("", "'--typo' is no option of this command.", "run x.onnx -o out --input a=b.npy --typo x")]
    [InlineData("", "'--thread' is no option of this command. Did you mean '--threads'?", "bench x.onnx -i a.npy --thread 2")]
    [InlineData("", "'--jsn' is no option of this command. Did you mean '--json'?", "compare a.onnx b.onnx -i x.npy --jsn")]
    [InlineData("", "'--typo' is no option", "quantize x.onnx -m int8 -o y.onnx -c a.npz b.npz --typo")]
    [InlineData("", "'--typo' is no option", "compile x.onnx -o out --keep-float conv --typo")]
    [InlineData("", "'--typo' is no option", "compile x.onnx -o out --recover gptq --typo")]
    [InlineData("", "'--typo' is no option", "inspect x.onnx --dimension a=1 --typo")]
    [InlineData("", "'--typo' is no option", "report x.onnx --output --typo")]
    [InlineData("", "'--jsno' is no option of this command. Did you mean '--json'?", "inspect --jsno")]
    [InlineData("", "'-o' expects a single argument but 2 were provided.", "quantize x.onnx -m fp16 -o a.onnx -o b.onnx")]
    [InlineData("", "'--report' expects a single argument", "quantize x.onnx -m fp16 -o a.onnx --report a.html --report b.html")]
    [InlineData("", "'-o' expects a single argument", "report x.onnx -o a.html -o b.html")]
    [InlineData("", "'-o' expects a single argument", "cluster x.onnx --clusters 4 -o a.onnx -o b.onnx")]
    [InlineData("", "argument missing for option: '--output'", "prune x.onnx --sparsity 0.5 --output=")]
    [InlineData("", "'maybe'", "prune x.onnx --sparsity 0.5 -o a.onnx --sensitivity=maybe")]
    [InlineData("", "'--sensitivity'", "factorize x.onnx --low-rank 0.5 -o a.onnx --sensitivity true --sensitivity false")]
    [InlineData("", "Behind 'x=' in --input there is no file. Write x=FILE.npy.", "run x.onnx -o out -i x=")]
    [InlineData("", "Behind 'x=' in --input there is no file.", "compare x.onnx y.onnx -i x=")]
    [InlineData("", "--input has an empty name. Name a file.", "compare x.onnx y.onnx -i ;")]
    [InlineData("", "Required argument missing", "inspect")]
    [InlineData("", "Required argument missing", "quantize -m fp16 -o a.onnx")]
    [InlineData("", "'inspec' is no command. Did you mean 'inspect'?", "inspec x.onnx")]
    [InlineData("", "'--verison' is no option. Did you mean '--version'?", "--verison")]
    [InlineData("", "Required command", "")]
    public async Task CommandLine_Wrong_IsExitCode2(string code, string words, string arguments)
    {
        ToolCall call = await ToolCall.Run(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(2, call.ExitCode);
        Assert.Empty(call.Output);
        Assert.Contains(call.Error.Split('\n'), line =>
            line.StartsWith($"modelbuild: error {code}".TrimEnd() + ": ", StringComparison.Ordinal)
                && line.Contains(words, StringComparison.Ordinal));
        Assert.Contains("--help' shows how it is used.", call.Error, StringComparison.Ordinal);
    }

    /// <summary>As a script says it whose variable is not set.</summary>
    [Fact]
    public async Task CommandLine_EmptyName_IsExitCode2()
    {
        await ToolCall.Fail(2, "", "--output has an empty name. Name a folder.", "run", Models.Lenet, "-i", "a.npy", "-o", "");
        await ToolCall.Fail(2, "", "--output has an empty name. Name a folder.", "compile", Models.Lenet, "-o", " ");
        await ToolCall.Fail(2, "", "--input has an empty name. Name a file.", "bench", Models.Lenet, "-i", "");
    }

    /// <summary>What a shell hands over for <c>&lt;(…)</c> and <c>/dev/stdin</c>.</summary>
    [PipeFact]
    public async Task Pipe_InPlaceOfAFile_IsSaid()
    {
        using var writer = new AnonymousPipeServerStream(PipeDirection.Out);
        string pipe = $"/proc/self/fd/{writer.GetClientHandleAsString()}";

        await ToolCall.Fail(1, "MODELB4002", "it is a pipe or a device", "run", Models.Lenet, "-i", pipe, "-o", _files.Path);
        await ToolCall.Fail(1, "MODELB1001", "it is empty, or a pipe.", "run", pipe, "-o", _files.Path);
    }

    [Fact]
    public async Task Input_Folder_IsSaid() =>
        await ToolCall.Fail(
            1, "MODELB4002", "it is a folder. Name a file in it.", "run", Models.Lenet, "-i", _files.Path, "-o", _files.Path);

    [Fact]
    public async Task Compare_ModeWithoutSamples_IsCalledAsTheCommandCallsIt()
    {
        string images = _files.Write("images.npy", NumpyFile.Float32([1, 1, 28, 28], new float[784]));

        await ToolCall.Fail(
            1, "MODELB2001", "@int8 needs samples of the model's inputs", "compare", Models.Lenet, $"{Models.Lenet}@int8", "-i", images);
    }

    /// <summary><c>NAME=FILE</c> with the file in the folder of this test.</summary>
    private string InFolder(string input)
    {
        int start = input.IndexOf('=', StringComparison.Ordinal) + 1;
        return input[..start] + Path.Combine(_files.Path, input[start..]);
    }

    private sealed class FullWriter : StringWriter
    {
        public override void WriteLine(string? value) => throw new IOException("No space left on device");
    }
}
