using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Planning;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Planning;

public sealed class IdentifiersTests
{
    /// <summary>Ports and open dimensions are arguments of one method: none is called as another.</summary>
    [Fact]
    public void ForPorts_NamesThatAreEqualInCSharpOrThoseOfDimensions_AreNumbered()
    {
        var test = new PassTest();
        Value batch = test.Input("batch", "batch", 4);
        Value rows = test.Input("row-count", "batch", "rowCount");
        Value first = test.Input("in.x", "batch", 4);
        Value second = test.Input("in:x", "batch", 4);
        Value output = test.Node("Add", "InX", [first, second]);
        test.Output(output);

        Assert.Equal(["batch2", "rowCount2", "inX", "inX2"], Identifiers.ForPorts(test.Graph, [batch, rows, first, second]));
        Assert.Equal(["inX3"], Identifiers.ForPorts(test.Graph, [output]));
    }

    /// <summary>PyTorch's exporter numbers what has no name.</summary>
    [Theory]
    [InlineData("495", "value495")]
    [InlineData("/", "value")]
    [InlineData("_Out.put", "outPut")]
    public void ForPorts_NameThatCannotBeginAnIdentifier_BeginsWithAWord(string name, string expected)
    {
        var test = new PassTest();

        Assert.Equal([expected], Identifiers.ForPorts(test.Graph, [test.Input(name, 4)]));
    }
}
