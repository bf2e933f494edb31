using System.Text.Json;
using Microsoft.Build.Logging.StructuredLogger;
using ModelBuild.Build.Tests.Support;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Build.Tests;

/// <summary>Which models a project has, under which names, and what holds where it does not say.</summary>
public sealed class CollectedModelsTests
{
    /// <summary>
    /// One project with everything that could make two models one or one model two: names that meet in one folder, a wildcard over what was
    /// built, also by a project below this one; and with defaults of its own.
    /// </summary>
    [Fact]
    public void Build_WithWildcardAndNamesThatMeet_HasEachModelOnce()
    {
        var app = new TestProject("Many", """
                <QuantizedModel Include="**/*.onnx" />
                <QuantizedModel Include="models/two.onnx" ClassName="x_y" Accessibility="public" />
                <QuantizedModel Include="models/three.onnx" Namespace="n" ClassName="Net" Mode="FP16" />
                <QuantizedModel Update="models/two.onnx" Accessibility="public" />
                <Content Include="models/one.en.onnx" CopyToOutputDirectory="PreserveNewest" />
                <Compile Remove="Below/**" />
            """, "<TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType>");
        app.Write("Directory.Build.props", """
            <Project>
              <ItemDefinitionGroup>
                <QuantizedModel>
                  <Mode>fp32</Mode>
                  <Accessibility>internal</Accessibility>
                </QuantizedModel>
              </ItemDefinitionGroup>
            </Project>
            """);
        app.Write("models/one.en.onnx", Model(1)).Write("models/x_y.onnx", Model(2)).Write("models/two.onnx", Model(3));
        app.Write("models/three.onnx", Model(4)).Write("models/n.Net.onnx", Model(5));
        app.Write("Below/obj/Release/net10.0/modelbuild/seven/seven.inputs", "")
            .Write("Below/obj/Release/net10.0/modelbuild/seven/seven.fp16.onnx", "");
        app.Write("Program.cs", """
            Console.WriteLine(string.Join(' ', App.OneEn.XLength, App.XY.XLength, App.x_y.XLength, n.Net.XLength, App.NNet.XLength));
            float[] input = new float[5];
            Console.WriteLine(new App.OneEn().Predict(input.AsSpan(0, 1)).Y.Length);
            Console.WriteLine(new App.NNet().Predict(input).Y.Length);
            """);

        BuildResult first = app.Build().Succeeded();
        BuildResult second = app.Build().Succeeded();

        Assert.Equal(7, first.CompiledModels.Count);
        Assert.Empty(second.CompiledModels);
        Assert.Empty(second.Calls("ReportModelWarnings"));
        Assert.Equal(
            ["1 2 3 4 5", "3", "3"],
            app.Run("bin/Debug/net10.0/Many.dll").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        Assert.Equal(
            [
                "models/n.Net.onnx -> App.NNet: fp32, 1 KB",
                "models/one.en.onnx -> App.OneEn: fp32, 1 KB",
                "models/three.onnx -> App.Three: fp32, 1 KB",
                "models/three.onnx -> n.Net: fp16, 1 KB",
                "models/two.onnx -> App.Two: fp32, 1 KB",
                "models/two.onnx -> App.x_y: fp32, 1 KB",
                "models/x_y.onnx -> App.XY: fp32, 1 KB",
            ],
            File.ReadAllLines(Path.Combine(app.Outputs, "summary.txt")).Order(StringComparer.Ordinal));

        // A mode is the same in any case; the file's name is not.
        Assert.Single(Directory.GetFiles(app.Outputs, "n.Net.*.fp16.onnx", SearchOption.AllDirectories));

        // The wildcard found the copies in bin and the quantized models in obj, here and below; none may be watched either.
        IReadOnlyList<string> watched = app.WatchedFiles();
        Assert.Equal(
            ["n.Net.onnx", "one.en.onnx", "three.onnx", "two.onnx", "x_y.onnx"],
            watched.Where(file => file.EndsWith(".onnx", StringComparison.Ordinal) && !file.Contains("Below", StringComparison.Ordinal))
                .Select(file => Path.GetFileName(file)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(watched, file => Path.GetExtension(file) is ".plan" or ".weights");

        static byte[] Model(int inputs) => OnnxFile.Dense(new float[inputs, 3], new float[3]);
    }

    /// <summary>
    /// For dotnet watch and for Visual Studio, which starts no build where no input is newer than what was built. Which files a model
    /// refers to, and where links lead, the build before has found out.
    /// </summary>
    [Fact]
    public void WatchedFiles_OfProject_AreModelsSamplesLabelsExternalDataAndWhatLinksLeadTo()
    {
        var app = new TestProject("Watched", """
                <QuantizedModel Include="a.onnx" />
                <QuantizedModel Include="b.onnx" Mode="int8" Calibration="samples/*.npy" Labels="labels.npy" MinAccuracy="0%" />
                <QuantizedModel Include="folder/c.onnx" />
            """);
        app.Write("a.onnx", OnnxFile.DenseWithExternalWeights(4, 3, "a.bin")).Write("a.bin", new byte[4 * 3 * sizeof(float)]);
        app.Write("b.onnx", OnnxFile.Dense(new float[4, 3], new float[3]))
            .Write("samples/1.npy", NumpyFile.Float32([2, 4], [1, 2, 3, 4, 5, 6, 7, 8]))
            .Write("labels.npy", NumpyFile.Npy(Tensor.Of([0L, 1], 2)))
            .Write("elsewhere/c.onnx", OnnxFile.Dense(new float[4, 3], new float[3]));
        Directory.CreateSymbolicLink(Path.Combine(app.Folder, "folder"), "elsewhere");
        app.BuildModels().Succeeded();

        string[] files = [.. new[] { "a.onnx", "a.bin", "b.onnx", "samples/1.npy", "labels.npy", "folder/c.onnx", "elsewhere/c.onnx" }
            .Select(file => Path.Combine(app.Folder, file))];
        IReadOnlyList<string> watched = app.WatchedFiles();
        Assert.All(files, file => Assert.Contains(file, watched));
        Assert.DoesNotContain(watched, Directory.Exists);
        Assert.Equal(
            files.Order(StringComparer.Ordinal),
            app.BuildModels().Succeeded().AddedItems("UpToDateCheckInput")
                .Where(file => Path.GetExtension(file) is ".onnx" or ".bin" or ".npy").Order(StringComparer.Ordinal));
    }

    /// <summary>
    /// MSBuild makes no item of a wildcard that finds nothing, so that nobody hears of it; other parts of the same Include may find some.
    /// Where a condition, a property or Exclude decides, nothing may be what was meant.
    /// </summary>
    [Fact]
    public void Build_WithWildcardThatMatchesNothing_WarnsOfThatOne()
    {
        var project = new TestProject("Nothing", """
                <QuantizedModel Include="a.onnx;model/*.onnx" />
                <QuantizedModel Include="models/?.onnx" />
                <QuantizedModel Include="elsewhere/*.onnx" Condition="'$(Elsewhere)' == ''" />
                <QuantizedModel Include="$(Elsewhere)/*.onnx" />
                <QuantizedModel Include="models/*.onnx" Exclude="models/*.onnx" />
                <QuantizedModel Include="elsewhere/*.onnx" Exclude="elsewhere/draft*.onnx" />
              </ItemGroup>
              <ItemGroup Condition="'$(Elsewhere)' == ''">
                <QuantizedModel Include="elsewhere/*.onnx" />
              </ItemGroup>
              <Target Name="Find" BeforeTargets="ModelBuild_BeforeCompile">
                <ItemGroup>
                  <QuantizedModel Include="obj/*.onnx" />
                </ItemGroup>
              </Target>
              <ItemGroup>
            """);
        project.Write("a.onnx", OnnxFile.Dense(new float[4, 3], new float[3]))
            .Write("models/b.onnx", OnnxFile.Dense(new float[4, 3], new float[3]));

        BuildResult build = project.BuildModels().Succeeded();

        Assert.Equal(["a", "b"], build.CompiledModels);
        AbstractDiagnostic warning = Assert.Single(build.Warnings);
        Assert.Equal(("MODELB0020", project.ProjectFile), (warning.Code, warning.File));
        Assert.Contains("'model/*.onnx'", warning.Text, StringComparison.Ordinal);

        // A project without any other model, where nothing else of ModelBuild runs.
        project.SetItems("""    <QuantizedModel Include="model/**" />""");
        Assert.Equal("MODELB0020", Assert.Single(project.BuildModels().Succeeded().Warnings).Code);
    }

    /// <summary>What lies below the folder of the outputs was built, but for the project that lies there itself.</summary>
    [Fact]
    public void Build_ProjectInTheFolderOfItsOutputs_HasItsModels()
    {
        var project = new TestProject("Inside", """    <QuantizedModel Include="models/*.onnx" />""");
        project.Write("models/a.onnx", OnnxFile.Dense(new float[4, 3], new float[3]))
            .Write("Directory.Build.props", "<Project><PropertyGroup><BaseOutputPath>../</BaseOutputPath></PropertyGroup></Project>");

        Assert.Equal(["a"], project.BuildModels().Succeeded().CompiledModels);
    }

    /// <summary>What the IDE and dotnet watch read without building, beside what the project itself says.</summary>
    [Fact]
    public void Evaluation_OfProject_HasItemsForTheIdeAndKeepsWhatTheProjectSays()
    {
        var project = new TestProject("Evaluated", """    <QuantizedModel Include="models/*.onnx" />""");
        project.Write("models/a.onnx", OnnxFile.Dense(new float[4, 3], new float[3])).Write("models/labels.txt", "0");
        project.Write("Directory.Build.props", """
            <Project>
              <PropertyGroup>
                <ModelBuildDump>true</ModelBuildDump>
                <ModelBuildDesignTime>false</ModelBuildDesignTime>
                <ModelBuildEnabled>True</ModelBuildEnabled>
                <CustomCollectWatchItems>Mine</CustomCollectWatchItems>
              </PropertyGroup>
            </Project>
            """);
        project.BuildModels().Succeeded();

        JsonElement evaluated = project.Evaluate(
            "-getItem:None,QuantizedModel,AvailableItemName,PropertyPageSchema",
            "-getProperty:ModelBuildDump,ModelBuildDesignTime,ModelBuildEnabled,CustomCollectWatchItems");

        Assert.Equal(
            ["true", "false", "True", "Mine;_ModelBuildCollectWatchItems"],
            evaluated.GetProperty("Properties").EnumerateObject().Select(property => property.Value.GetString()));
        Assert.Contains("QuantizedModel", Items("AvailableItemName", "Identity"));
        Assert.All(
            Items("PropertyPageSchema", "FullPath").Where(file => file.EndsWith("QuantizedModel.xaml", StringComparison.Ordinal)).ToArray(),
            file => Assert.True(File.Exists(file)));
        Assert.Equal(["MSBuild:Compile"], Items("QuantizedModel", "Generator"));
        Assert.Equal(["models/labels.txt"], Items("None", "Identity").Where(file => file.StartsWith("models", StringComparison.Ordinal)));

        IEnumerable<string> Items(string type, string metadata) => evaluated.GetProperty("Items").GetProperty(type).EnumerateArray()
            .Select(item => item.GetProperty(metadata).GetString()!);
    }

    /// <summary>A model that one target fetches and another one adds; a third one finds it compiled.</summary>
    [Fact]
    public void Build_WithTargetsOfTheProject_RunsThemBeforeAndAfterTheModels()
    {
        var project = new TestProject("Hooked", """
              </ItemGroup>
              <Target Name="Fetch">
                <Copy SourceFiles="kept.bin" DestinationFiles="obj/fetched/a.onnx" />
              </Target>
              <Target Name="Add" BeforeTargets="ModelBuild_BeforeCompile">
                <ItemGroup>
                  <QuantizedModel Include="obj/fetched/*.onnx" />
                </ItemGroup>
              </Target>
              <Target Name="Find" AfterTargets="ModelBuild_AfterCompile">
                <ReadLinesFromFile File="$(IntermediateOutputPath)modelbuild/summary.txt">
                  <Output TaskParameter="Lines" PropertyName="Summary" />
                </ReadLinesFromFile>
                <Message Text="Found @(AdditionalFiles->'%(Filename)%(Extension)') and $(Summary)" />
              </Target>
              <ItemGroup>
            """, "<TargetFramework>net10.0</TargetFramework><ModelBuildDependsOn>Fetch</ModelBuildDependsOn>");
        project.Write("kept.bin", OnnxFile.Dense(new float[4, 3], new float[3]));

        BuildResult build = project.BuildModels().Succeeded();

        Assert.Equal(["a"], build.CompiledModels);
        Assert.Contains(build.Messages, text => text.StartsWith("Found a.plan and obj/fetched/a.onnx -> App.A", StringComparison.Ordinal));
    }

    /// <summary>The project's own folder, the model and its samples have names with what means something to MSBuild.</summary>
    [Theory]
    [InlineData("a`b", "a`b")]
    [InlineData("it's (50%) @(w)", "it's @(w) %41")]
    [InlineData("$(x) é日本", "$(x) é日本")]
    [InlineData("net", "a;b 50%")]
    public void Build_InAFolderOfAnyName_CompilesOnce(string name, string samples)
    {
        var project = new TestProject(
            "App",
            $"""
                <QuantizedModel Include="{Escape(name)}.onnx" ClassName="Net" Mode="int8" Calibration="{Escape(samples)}" Report="true" />
            """,
            folder: Path.Combine(Support.Package.Folder, $"{Guid.NewGuid():N}"[..8], name));
        project.Write($"{name}.onnx", OnnxFile.Dense(new[,] { { 1f, -1 }, { 2, 0 } }, [0.5f, -0.5f]))
            .Write($"{samples}/{name}.csv", "1,2\n-3,4\n");

        Assert.Equal(["Net"], project.BuildModels().Succeeded().CompiledModels);
        Assert.Empty(project.BuildModels().Succeeded().CompiledModels);
        File.SetLastWriteTimeUtc(Path.Combine(project.Folder, samples, $"{name}.csv"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(["Net"], project.BuildModels().Succeeded().CompiledModels);

        static string Escape(string text) => text.Replace("%", "%25", StringComparison.Ordinal)
            .Replace(";", "%3B", StringComparison.Ordinal).Replace("$", "%24", StringComparison.Ordinal)
            .Replace("@", "%40", StringComparison.Ordinal);
    }

    /// <summary>Said as what it is, not as a fault of MSBuild's syntax.</summary>
    [Fact]
    public void Build_NamesWithBackticksThatCannotBe_AreErrorsOfOurs()
    {
        var project = new TestProject("Backticks", """
                <QuantizedModel Include="a.onnx" ClassName="A`b" />
                <QuantizedModel Include="a.onnx" ClassName="A`b" />
                <QuantizedModel Include="a.onnx" ClassName="B" Mode="fp`16" />
            """);
        project.Write("a.onnx", OnnxFile.Dense(new[,] { { 1f, -1 }, { 2, 0 } }, [0.5f, -0.5f]));

        Assert.Equal(
            ["MODELB0003", "MODELB0004"], project.BuildModels().Errors.Select(e => e.Code).Distinct().Order(StringComparer.Ordinal));
    }

    /// <summary>A report is wanted most where something is missed.</summary>
    [Fact]
    public void Build_BudgetMissed_HasItsReport()
    {
        var project = new TestProject("Missed", """    <QuantizedModel Include="a.onnx" Mode="fp32" MaxBytes="10" Report="true" />""");
        project.Write("a.onnx", OnnxFile.Dense(new[,] { { 1f, -1 }, { 2, 0 } }, [0.5f, -0.5f]));

        Assert.Equal("MODELB2013", Assert.Single(project.BuildModels().Errors).Code);
        using JsonDocument report = JsonDocument.Parse(File.ReadAllText(Path.Combine(project.Outputs, "a", "a.json")));
        Assert.False(Assert.Single(report.RootElement.GetProperty("budgets").EnumerateArray()).GetProperty("isMet").GetBoolean());
        Assert.True(File.Exists(Path.Combine(project.Outputs, "a", "a.html")));
        Assert.False(File.Exists(Path.Combine(project.Outputs, "a", "a.plan")));
    }
}
